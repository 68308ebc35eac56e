"""The command `python -m eval.readme`."""

from eval.commands.readme import main

if __name__ == "__main__":
    raise SystemExit(main())
