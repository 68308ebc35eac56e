"""Decides which families of programs define what a machine answers."""
