"""The command `python -m eval.run_choice`."""

from eval.commands.run_choice import main

if __name__ == "__main__":
    raise SystemExit(main())
