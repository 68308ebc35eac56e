"""The command `python -m eval.door`, which does what the console script `crasp-bench` does."""

from eval.door.command_line import entry

if __name__ == "__main__":
    entry()
