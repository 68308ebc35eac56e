"""From program text to typed program: the grammar, the parser, the checker and the formatter."""
