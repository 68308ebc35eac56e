"""Keeps searches of `crasp learn` that were broken off in a file, so that another run can continue them."""
