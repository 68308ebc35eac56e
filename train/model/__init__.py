"""The model, its configuration, its optimisers, and the positional regulariser."""
