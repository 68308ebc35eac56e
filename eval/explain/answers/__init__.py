"""Explanations of models of tasks with an answer: one line of a program says when each letter comes."""
