"""The explanation of a trained model: a program that describes what it does, and where the model departs from it."""
