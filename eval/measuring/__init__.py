"""Accuracy by length."""
