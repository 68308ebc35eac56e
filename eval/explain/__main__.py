"""The command `python -m eval.explain`."""

from eval.explain.command import main

if __name__ == "__main__":
    raise SystemExit(main())
