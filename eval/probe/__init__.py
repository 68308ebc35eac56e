"""The capability card of an architecture: which capabilities it learns on short words, and up to which length."""
