"""The command `python -m eval.words`."""

import sys

from eval.commands.words import main

if __name__ == "__main__":
    sys.exit(main())
