"""Computes how long training words must be, so that they determine a program."""
