"""The command `python -m eval.measure`; imported, the module can be called as the function of its name."""

from eval.commands.measure import main
from tasks.ground.lazy_names import callable_as_its_name

if __name__ == "__main__":
    raise SystemExit(main())

callable_as_its_name(__name__)
