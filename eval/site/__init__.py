"""The leaderboard as a small site: an index, a page for each task, and a page for each further section."""
