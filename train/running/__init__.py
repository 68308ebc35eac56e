"""The training of the project's own models: engine, step, schedule and evaluation."""
