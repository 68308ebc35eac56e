"""The command `python -m eval.compiled_start`."""

import sys

from eval.starts.command import main

if __name__ == "__main__":
    sys.exit(main())
