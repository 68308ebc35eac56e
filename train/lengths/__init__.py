"""The experiments on training length: how long the training words must be for a model to generalise."""
