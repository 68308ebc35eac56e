"""The command `python -m eval.readme`."""

import sys

from eval.commands.readme import main

if __name__ == "__main__":
    sys.exit(main())
