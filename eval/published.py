"""The command `python -m eval.published`."""

import sys

from eval.commands.published import main

if __name__ == "__main__":
    sys.exit(main())
