"""Compiled programs on disk: the directory, its verification, its picture."""
