"""What the theory says of a task or a program."""
