"""The command `python -m eval.predict`."""

from eval.commands.predict import main

if __name__ == "__main__":
    raise SystemExit(main())
