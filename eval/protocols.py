"""The command `python -m eval.protocols`."""

import sys

from eval.commands.protocols import main

if __name__ == "__main__":
    sys.exit(main())
