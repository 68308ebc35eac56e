"""The second way of `crasp learn`, for labels that look regular: an automaton, the verdict on it, and its program."""
