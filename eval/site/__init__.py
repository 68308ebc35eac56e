"""The leaderboard as a small site: an index, a page a task, and a page for each further subject."""
