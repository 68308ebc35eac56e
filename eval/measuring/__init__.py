"""Measurements of models and programs: accuracy by length, the longest right length, and horizons."""
