"""How words are drawn: lengths, randomness, the mixture of strata."""
