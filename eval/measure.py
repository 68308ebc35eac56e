"""The command `python -m eval.measure`."""

from eval.commands.measure import main

if __name__ == "__main__":
    raise SystemExit(main())
