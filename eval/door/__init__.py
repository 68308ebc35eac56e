"""The one door, `crasp-bench`: every command by what a person wants to do, and how a subject is given to it."""
