"""Searches of `crasp learn` that were broken off, kept in a file so that another run goes on."""
