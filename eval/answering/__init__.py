"""What can be asked for its answers: programs, compiled machines, checkpoints; and about which task."""
