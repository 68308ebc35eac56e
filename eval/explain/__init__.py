"""Which program describes what a trained model does, and where the model stops doing it."""
