"""Positional encodings: which families of programs each allows, and what may be predicted of each."""
