"""The command `python -m eval.leaderboard`."""

import sys

from eval.commands.leaderboard import main

if __name__ == "__main__":
    sys.exit(main())
