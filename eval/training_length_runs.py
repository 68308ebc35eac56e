"""The command `python -m eval.training_length_runs`."""

import sys

from eval.lengths.runs import main

if __name__ == "__main__":
    sys.exit(main())
