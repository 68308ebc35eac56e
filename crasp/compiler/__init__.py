"""A typed program to the exact Limit Transformer."""
