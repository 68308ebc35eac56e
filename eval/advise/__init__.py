"""Advice: which encoding and training length to use for lengths that must work, and which words to add."""
