"""Writes the program and the certificates that show a verdict, within a time limit; what is missing is said."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

from crasp.regular.automata.automaton import SizeError
from crasp.regular.certificates.certificates import largest_without
from crasp.regular.families.family import FRAGMENTS
from crasp.regular.verdict import FamilyProof, Gap, LanguageVerdict, proofs, with_proof
from tasks.ground.limited_process import OutOfTimeError, Worker


def prove(
    verdict: LanguageVerdict,
    worker: Worker,
    seconds: float | None,
    *,
    go_on: str | None = None,
    on_wait: Callable[[float], None] = lambda _: None,
) -> Iterator[LanguageVerdict]:
    """Yields the verdict repeatedly, each time with one more program, certificate or parameter that shows it.

    The last verdict says what is missing.

    Args:
        verdict: The verdict, which says what each family does.
        worker: The process that does the work.
        seconds: The time limit in seconds. None means no limit, and 0 that nothing is shown.
        go_on: The command that continues if the time is over.
        on_wait: Called again and again with the seconds that have passed, while there is nothing new.
    """
    if seconds == 0:
        yield verdict
        return
    for proof in _within(verdict, worker, seconds, on_wait):
        if isinstance(proof, Gap) and proof.status == "out of time":
            proof = replace(proof, said=_late(verdict, seconds, go_on))
        verdict = with_proof(verdict, proof)
        yield verdict
    yield verdict if verdict.gaps else replace(verdict, status="written")


def _within(
    verdict: LanguageVerdict, worker: Worker, seconds: float | None, on_wait: Callable[[float], None]
) -> Iterator[FamilyProof]:
    try:
        yield from worker.items(proofs, verdict.asked, verdict.families, seconds=seconds, on_wait=on_wait)
    except OutOfTimeError:
        yield Gap("out of time", "")
    except SizeError as error:
        yield Gap("too large", f"A program or a certificate is missing: {error}.")


def _late(verdict: LanguageVerdict, seconds: float | None, go_on: str | None) -> str:
    """The sentence that says what is missing because the time was over, and which command continues."""
    smallest = verdict.families.smallest
    missing = [f"a program of {FRAGMENTS[smallest]}"] if smallest is not None and verdict.witness is None else []
    without = [f for f in largest_without(verdict.families) if f not in verdict.certificates]
    missing += [
        f"a certificate that no program of {FRAGMENTS[family]} {verdict.asked.what_is_done}" for family in without
    ]
    are, were = ("are", "they were") if len(missing) > 1 else ("is", "it was")
    late = f"There {are} {' and '.join(missing)}, but {were} not written in {seconds:g} seconds"
    return f"{late}." if go_on is None else f"{late}. This command goes on: `{go_on}`."


def progress(seconds: float | None, doing: str = "writing a program") -> Callable[[float], None]:
    """A function that shows on the terminal how many seconds have passed.

    It prints nothing if stderr is no terminal.
    """

    def show(passed: float) -> None:
        if sys.stderr is not None and sys.stderr.isatty():
            of = "" if seconds is None else f" of {seconds:g}"
            print(f"\r{doing}: {passed:.0f}{of} seconds ", end="", file=sys.stderr, flush=True)

    return show


def end_progress() -> None:
    """Removes what `progress` has shown from the terminal."""
    if sys.stderr is not None and sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
