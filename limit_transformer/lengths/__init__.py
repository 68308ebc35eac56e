"""Bounds on the training length that follow from a machine."""
