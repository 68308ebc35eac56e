"""The command `python -m eval.explain`."""

import sys

from eval.explain.command import main

if __name__ == "__main__":
    sys.exit(main())
