"""The command `python -m eval.teacher`."""

import sys

from eval.teacher.command import main

if __name__ == "__main__":
    sys.exit(main())
