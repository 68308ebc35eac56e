"""The tasks of the benchmark, a module for each kind; their labels are independent of the programs on purpose."""
