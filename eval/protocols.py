"""The command `python -m eval.protocols`."""

from eval.commands.protocols import main

if __name__ == "__main__":
    raise SystemExit(main())
