"""`python -m eval.door`: what the console script `crasp-bench` runs, where that is not installed."""

from eval.door.command_line import entry

if __name__ == "__main__":
    entry()
