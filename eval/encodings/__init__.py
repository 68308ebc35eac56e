"""Positional encodings: which families of programs each allows, and what can be predicted for each."""
