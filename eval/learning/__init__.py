"""What `crasp learn` asks of a task: its members, and words near them."""
