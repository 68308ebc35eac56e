"""The subjects of commands: tasks of the benchmark, and languages and programs that a user gives."""
