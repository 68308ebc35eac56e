"""Advice for lengths that must work: which encoding and training length to use, and which words to add."""
