"""The command `python -m eval.terms`."""

import sys

from eval.commands.regularizer_terms import main

if __name__ == "__main__":
    sys.exit(main())
