"""The capability card: which capabilities an architecture learns on short words, and how far each holds."""
