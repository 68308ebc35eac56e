"""What a command is about: a task of the benchmark, a language or a program that a person gives."""
