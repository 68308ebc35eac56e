"""How long training words must be for a program."""
