"""Writes a program for a language that a family defines."""
