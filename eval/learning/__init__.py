"""What `crasp learn` asks of a task, its members and words near them, and of a model: what may follow."""
