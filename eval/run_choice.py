"""The command `python -m eval.run_choice`."""

import sys

from eval.commands.run_choice import main

if __name__ == "__main__":
    sys.exit(main())
