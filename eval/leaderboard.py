"""The command `python -m eval.leaderboard`."""

from eval.commands.leaderboard import main

if __name__ == "__main__":
    raise SystemExit(main())
