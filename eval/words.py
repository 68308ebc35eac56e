"""The command `python -m eval.words`."""

from eval.commands.words import main

if __name__ == "__main__":
    raise SystemExit(main())
