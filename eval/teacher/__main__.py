"""The command `python -m eval.teacher`."""

from eval.teacher.command import main

if __name__ == "__main__":
    raise SystemExit(main())
