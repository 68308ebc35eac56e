"""The command `python -m eval.measure`."""

import sys

from eval.commands.measure import main

if __name__ == "__main__":
    sys.exit(main())
