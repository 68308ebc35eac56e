"""The command `python -m eval.training_length_smallest`."""

import sys

from eval.lengths.smallest import main

if __name__ == "__main__":
    sys.exit(main())
