"""The command `python -m eval.published`."""

from eval.commands.published import main

if __name__ == "__main__":
    raise SystemExit(main())
