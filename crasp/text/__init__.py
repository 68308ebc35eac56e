"""Text to typed program: grammar, parser, checker, formatter."""
