"""`python -m eval.probe`: the same as `python -m eval probe`."""

import sys
from collections.abc import Sequence

from eval.probe.command import EXAMPLE, probe_command
from tasks.ground.console import new_app, run_command

app = new_app("The capability card of an architecture.", EXAMPLE.removeprefix("Try: "))
app.command("probe", epilog=EXAMPLE)(probe_command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 done, 1 a defect was seen, 2 bad input, 130 interrupted."""
    return run_command(app, argv, "python -m eval.probe")


if __name__ == "__main__":
    sys.exit(main())
