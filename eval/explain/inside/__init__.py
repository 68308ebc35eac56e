"""Evidence from inside a model, shown beside a verdict that it never decides: heads, positions, what can be read."""
