"""Words drawn from a task: splits, batches, and how difficult they are."""
