"""Regular languages as people write them: a reader of regular expressions and a reader of automata."""
