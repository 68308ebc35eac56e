"""Regular languages as people write them: one reader of expressions and one of automata."""
