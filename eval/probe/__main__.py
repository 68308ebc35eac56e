"""The command `python -m eval.probe`, the same as `python -m eval probe`."""

from eval.probe.command import probe_command
from tasks.ground.console import main_of

main = main_of(probe_command, "python -m eval.probe", "--architecture llama --out card.html")

if __name__ == "__main__":
    raise SystemExit(main())
