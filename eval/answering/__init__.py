"""Answerers, which can be asked about the words of a task: programs, compiled machines and checkpoints."""
