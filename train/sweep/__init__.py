"""Many trainings: grids, workers, clusters."""
