"""The tasks of the benchmark, one module a kind."""
