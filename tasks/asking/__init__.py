"""The three ways in which words are asked about: legal continuations, answers, and recognition."""
