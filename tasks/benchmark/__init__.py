"""The tasks of the benchmark, one module a kind; their labels stand beside the programs' on purpose."""
