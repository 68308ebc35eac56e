"""The command `python -m eval.training_length_smallest`."""

from eval.lengths.smallest_training_length import main

if __name__ == "__main__":
    raise SystemExit(main())
