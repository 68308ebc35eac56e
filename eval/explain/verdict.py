"""What a model is, in one of six verdicts, and what was found of it, as data and in words."""

from dataclasses import dataclass
from typing import Any

from eval.explain.agreement import RangeAgreement
from eval.explain.cap_ladder import Ladder
from eval.explain.parting import Parting

LEAST_ALLOWED = 0.05  # of the typical words of the training lengths: a model that allows fewer does not do the task


@dataclass(frozen=True)
class Described:
    """A program that describes the model, and which road found it."""

    text: str
    road: str
    size: int
    depth: int
    fragment: str


@dataclass(frozen=True)
class Explanation:
    """All that was found of a model.

    `programs` are what the roads gave, the shortest first: the first is measured. `no_program` is the decider's reason
    where the automaton has none. `agreement` is that of the program, or of the automaton where there is no program.
    `allowed` says how many typical words of the training lengths the model allows to their last letter, of how many.
    """

    model: str
    task: str | None
    trained_to: int
    ladder: Ladder
    programs: tuple[Described, ...]
    agreement: tuple[RangeAgreement, ...]
    unread: tuple[tuple[int, int], ...]
    allowed: tuple[int, int]
    parting: Parting | None
    task_parting: Parting | None
    no_program: str | None
    atoms_said: str
    roads_said: str
    limits: str
    asked: int
    cpu_seconds: float

    @property
    def program(self) -> Described | None:
        """The program that is measured."""
        return self.programs[0] if self.programs else None

    @property
    def vacuous(self) -> bool:
        """Whether the model allows next to no words: then whatever is said of longer ones says nothing."""
        allowed, total = self.allowed
        if allowed < LEAST_ALLOWED * total or not total:
            return True
        return len(self.agreement) > 1 and self.agreement[1].typical.allowed + self.agreement[1].stress.allowed == 0

    @property
    def explained_to(self) -> int:
        """The last length before the first difference that was found."""
        if self.parting is None or self.parting.difference is None:
            return max((each.lengths[1] for each in self.agreement), default=0)
        return max(0, len(self.parting.word) - 1)

    @property
    def verdict(self) -> str:
        """One of the six."""
        nothing = "an automaton, no program" if self.no_program is not None else f"no program of {self.limits}"
        if self.vacuous:
            return "vacuous"
        if self.program is None:
            return nothing
        if not self.agreement[0].typical_holds:
            return nothing
        typical = all(each.typical_holds for each in self.agreement)
        stress = all(each.stress_holds for each in self.agreement)
        if typical and stress:
            return "explained"
        return "typical words only" if typical else f"explained to length {self.explained_to}"

    @property
    def explained(self) -> bool:
        """Whether the program describes the model wherever it was tried."""
        return self.verdict == "explained"

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        program = self.program
        return {
            "model": self.model,
            "task": self.task,
            "verdict": self.verdict,
            "program": None if program is None else program.text,
            "size": None if program is None else program.size,
            "depth": None if program is None else program.depth,
            "fragment": None if program is None else program.fragment,
            "programs": [{"road": each.road, "size": each.size, "program": each.text} for each in self.programs],
            "trained_to": self.trained_to,
            "bins": [each.record() for each in self.agreement],
            "described_by": None if not self.agreement else "program" if program is not None else "automaton",
            "allowed": {"words": self.allowed[0], "total": self.allowed[1]},
            "unread": [list(lengths) for lengths in self.unread],
            "parts_at": None if self.parting is None else self.parting.record(),
            "task_program_parts_at": None if self.task_parting is None else self.task_parting.record(),
            "machine": {
                "kind": self.ladder.kind,
                "states": [{"cap": rung.cap, "states": rung.states, "stopped": rung.why} for rung in self.ladder.rungs],
            },
            "atoms": self.atoms_said,
            "roads": self.roads_said,
            "no_program": self.no_program,
            "asked_words": self.asked,
            "cpu_seconds": round(self.cpu_seconds, 2),
        }


def lines_of(found: Explanation) -> list[str]:
    """What was found in words, the program first."""
    lines: list[str] = []
    if found.program is not None:
        program = found.program
        lines += [*program.text.rstrip().splitlines(), ""]
        size = f"{program.fragment}, depth {program.depth}, {program.size} operations, found by {program.road}"
        lines.append(f"program: {size}")
    else:
        lines.append("program: none")
    lines += [f"machine: {found.ladder.in_words}", f"atoms: {found.atoms_said}", f"both roads: {found.roads_said}"]
    if found.no_program is not None:
        lines.append(f"decider: {found.no_program}")
    if found.agreement:
        lines.append(f"agreement of the {'program' if found.program else 'automaton'} with the model:")
    for each in found.agreement:
        a, b = each.lengths
        lines.append(f"  lengths {a:>3}-{b:<3}  typical {each.typical.in_words}; stress {each.stress.in_words}")
    allowed, total = found.allowed
    lines.append(f"the model allows {allowed} of {total} typical words of its training lengths")
    if found.unread:
        lines.append(f"  not read: lengths {', '.join(f'{a}-{b}' for a, b in found.unread)}: too few positions")
    if found.parting is not None:
        lines.append(f"parts from the model: {found.parting.in_words}")
    if found.task_parting is not None:
        lines.append(f"the task's own program parts from the model: {found.task_parting.in_words}")
    lines.append(f"cost: {found.asked:,} words asked, {found.cpu_seconds:.1f} CPU seconds")
    return [*lines, f"verdict: {found.verdict}"]
