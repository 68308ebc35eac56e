"""Many trainings at once: grids, worker processes, and clusters."""
