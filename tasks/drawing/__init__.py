"""How words are drawn: their lengths, the random numbers, and the mixture of strata."""
