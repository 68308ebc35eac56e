"""The model and what is minimised."""
