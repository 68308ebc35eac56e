"""A pytest plug-in with a test for each declaration about an architecture: `pytest -p eval.probe.pytest_plugin`.

With `--crasp-probe module.py:factory` the architecture is trained as for its card. Every pytest that loads the plug-in
imports what this module imports, so all else is imported when it is needed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from eval.probe.declarations import Declaration
    from train.architectures.specification import ArchitectureSpec

DEFECTS = "no defect is seen"


class BrokenPromiseError(Exception):
    """The runs are not as declared."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, and the setting in which declarations are written."""
    group = parser.getgroup("crasp-probe")
    group.addoption(
        "--crasp-probe", metavar="MODULE.py:FACTORY", help="assert what crasp_declares says of this architecture"
    )
    group.addoption("--crasp-probe-runs", metavar="DIR", default="runs", help="the ledger of the probe's runs")
    parser.addini("crasp_declares", "what is declared of the architecture: a sentence a line", type="linelist")


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the tests of what is declared.

    Raises:
        UsageError: The architecture or a declaration cannot be read.
    """
    named = config.getoption("--crasp-probe")
    if not named:
        return
    from eval.probe.declarations import DeclarationError, read_declaration
    from train.architectures.specification import ArchitectureError, read_architecture

    try:
        architecture = read_architecture(named)
        declared = [read_declaration(line) for line in config.getini("crasp_declares")]
    except (ArchitectureError, DeclarationError) as error:
        raise pytest.UsageError(f"--crasp-probe: {error}") from None
    directory = Path(config.getoption("--crasp-probe-runs"))
    items.extend(_items(session, architecture, declared, directory))


def _items(
    session: pytest.Session, architecture: "ArchitectureSpec", declared: "list[Declaration]", directory: Path
) -> Iterator[pytest.Item]:
    for declaration in (None, *declared):
        name = f"{architecture.name} {DEFECTS if declaration is None else declaration.text}"
        yield ProbeItem.from_parent(
            session, name=name, architecture=architecture, declaration=declaration, directory=directory
        )


class ProbeItem(pytest.Item):
    """One declaration as a test; without a declaration, the test that no defect is seen."""

    def __init__(
        self,
        *,
        architecture: "ArchitectureSpec",
        declaration: "Declaration | None",
        directory: Path,
        **others: object,
    ) -> None:
        super().__init__(**others)  # type: ignore[arg-type]
        self.architecture, self.declaration, self.directory = architecture, declaration, directory

    def runtest(self) -> None:
        """Train the runs that the ledger lacks, and test the declaration.

        Raises:
            BrokenPromiseError: The runs are not as declared.
        """
        from eval.probe.capabilities import task_of_capability
        from eval.probe.defects import find_defects
        from eval.probe.probing import probe
        from eval.probe.protocol import probe_config

        if self.declaration is None:
            positions = probe_config("count", self.architecture).positions
            defects = find_defects(self.architecture, task_of_capability("count"), positions)
            if defects:
                raise BrokenPromiseError("\n".join(f"{each.name}: {each.seen}" for each in defects))
            return
        card = probe(
            self.architecture, self.directory, lambda *_: None, capabilities=[self.declaration.capability], workers=1
        )
        broken = self.declaration.broken_by(card.rows[0]) if card.rows else "the model reads ahead"
        if broken is not None:
            raise BrokenPromiseError(f"{self.declaration.text}: {broken}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002
        """Return the message alone for a broken promise, or for an architecture that cannot be trained."""
        from train.architectures.specification import ArchitectureError

        if isinstance(excinfo.value, BrokenPromiseError | ArchitectureError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where the test is: in the factory's file, or else the current directory."""
        file = self.architecture.file
        return (Path.cwd() if file is None else Path(file)), None, self.name
