"""Learns the shortest program that agrees with labelled words.

It enumerates values by size, searches conjunctions beyond that, and claims what is excluded (docs/learn.md).
"""
