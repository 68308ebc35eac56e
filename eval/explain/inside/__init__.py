"""Evidence from inside a model (heads, positions, what can be read), shown beside a verdict that it never decides."""
