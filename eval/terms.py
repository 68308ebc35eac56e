"""The command `python -m eval.terms`."""

from eval.commands.regularizer_terms import main

if __name__ == "__main__":
    raise SystemExit(main())
