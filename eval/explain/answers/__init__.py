"""Tasks with an answer: what a model answers to a word, described by a program whose lines are families of letters."""
