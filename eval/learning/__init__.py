"""The command `learn`, and what it asks of a task, its members and words near them, and of a model: what may follow."""
