"""Compiled programs on disk: the directory, its certificate, its model card, and its verification."""
