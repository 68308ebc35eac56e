"""Compiles a typed program to an exact Limit Transformer."""
