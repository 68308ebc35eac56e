"""The command `python -m eval.report`."""

import sys

from eval.commands.report import main

if __name__ == "__main__":
    sys.exit(main())
