"""How words are drawn: lengths, randomness, strata, splits, difficulty."""
