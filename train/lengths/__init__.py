"""The experiments on training length."""
