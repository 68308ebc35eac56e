"""A program for a yes."""
