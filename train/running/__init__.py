"""One training: engine, step, schedule, evaluation."""
