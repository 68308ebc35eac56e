"""Prediction beside measurement, as data and text."""
