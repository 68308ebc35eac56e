"""The commands: `python -m eval.predict`, `measure`, `leaderboard` and the others."""
