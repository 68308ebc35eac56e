"""The command `python -m eval.training_length_runs`."""

from eval.lengths.runs import main

if __name__ == "__main__":
    raise SystemExit(main())
