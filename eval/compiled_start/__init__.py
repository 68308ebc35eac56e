"""A side subject: a compiled program as a point among the weights, beside trained runs and as where training starts."""
