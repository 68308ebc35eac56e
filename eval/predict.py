"""The command `python -m eval.predict`."""

import sys

from eval.commands.predict import main

if __name__ == "__main__":
    sys.exit(main())
