"""The command `python -m eval.report`."""

from eval.commands.report import main

if __name__ == "__main__":
    raise SystemExit(main())
