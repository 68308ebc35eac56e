"""The command `crasp-bench`: all commands, grouped by what a user wants to do, and how they are given a subject."""
