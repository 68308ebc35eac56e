"""How words become tasks: legal continuations, answers, recognition."""
