"""The command `python -m eval.training_length_smallest`."""

import sys

from eval.lengths.smallest_training_length import main

if __name__ == "__main__":
    sys.exit(main())
