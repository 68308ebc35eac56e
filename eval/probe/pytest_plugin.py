"""A pytest plug-in with a test for each declaration about an architecture: `pytest -p eval.probe.pytest_plugin`.

With `--crasp-probe module.py:factory` the architecture is trained as for its card. Every pytest that loads the plug-in
imports what this module imports, so all else is imported when it is needed.
"""

import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from eval.probe.card import Card
    from eval.probe.declarations import Declaration
    from train.architectures.specification import ArchitectureSpec

DEFECTS = "no defect is seen"
WAIT_SECONDS = 1.0  # between two looks at a run that another process trains


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


def pytest_configure(config: pytest.Config) -> None:
    """Check what is declared, before processes of pytest-xdist begin.

    Raises:
        UsageError: The architecture or a declaration cannot be read.
    """
    if config.getoption("--crasp-probe"):
        _read(config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Add the tests of what is declared to those that the session collects, so that pytest counts them too.

    Raises:
        UsageError: The architecture or a declaration cannot be read.
    """
    report = yield
    config = collector.config
    if isinstance(collector, pytest.Session) and report.passed and config.getoption("--crasp-probe"):
        architecture, declared = _read(config)
        report.result.extend(_items(collector, architecture, declared, Path(config.getoption("--crasp-probe-runs"))))
    return report


def _read(config: pytest.Config) -> "tuple[ArchitectureSpec, list[Declaration]]":
    from eval.probe.declarations import DeclarationError, read_declaration
    from train.architectures.specification import ArchitectureError, read_architecture

    try:
        declared = [read_declaration(line) for line in config.getini("crasp_declares")]
        return read_architecture(config.getoption("--crasp-probe")), declared
    except (ArchitectureError, DeclarationError) as error:
        raise pytest.UsageError(f"--crasp-probe: {error}") from None


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
        from eval.probe.protocol import probe_config

        if self.declaration is None:
            positions = probe_config("count", self.architecture).positions
            defects = find_defects(self.architecture, task_of_capability("count"), positions)
            if defects:
                raise BrokenPromiseError("\n".join(f"{each.name}: {each.seen}" for each in defects))
            return
        card = self._card(self.declaration.capability)
        broken = self.declaration.broken_by(card.rows[0]) if card.rows else "the model reads ahead"
        if broken is not None:
            raise BrokenPromiseError(f"{self.declaration.text}: {broken}")

    def _card(self, capability: str) -> "Card":
        """Return the card of one capability, whose runs another process may be training: then it is waited for."""
        from eval.probe.probing import probe
        from train.ledger.store import ClaimedError

        while True:
            try:
                return probe(self.architecture, self.directory, lambda *_: None, capabilities=[capability], workers=1)
            except ClaimedError:
                time.sleep(WAIT_SECONDS)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002
        """Return the message alone for a broken promise, an architecture that cannot be trained, or a bad ledger."""
        from train.architectures.specification import ArchitectureError
        from train.ledger.store import LedgerError

        if isinstance(excinfo.value, BrokenPromiseError | ArchitectureError | LedgerError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where the test is: in the factory's file, or else the current directory."""
        file = self.architecture.file
        return (Path.cwd() if file is None else Path(file)), None, self.name
