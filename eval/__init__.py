"""Judgement: the theory's prediction beside the measurement."""
