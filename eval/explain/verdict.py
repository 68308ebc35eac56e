"""What was found of a model, as data and in words, with its verdict, which is one of eight."""

from dataclasses import dataclass
from typing import Any

from crasp.meaning.ir import Program
from eval.explain.agreement import LEAST_WORDS, RangeAgreement
from eval.explain.cap_ladder import Ladder
from eval.explain.exceptions.set_aside import SetAside
from eval.explain.shortest_difference import Parting
from eval.measuring.measurement import TRAIN_LENGTH

SEARCH = "the search for a program"  # an entry of `out_of_time`
RANGE_LEFT_OUT = "lengths "  # how a range of lengths begins among these entries
FARTHEST_TIMES = 6  # words are tried up to so many times the training length, if the model has the positions
READ_TIMES = 3  # all ranges up to so many times the training length have to be read and to agree
LEAST_ALLOWED = 0.5  # a model that allows a smaller share of the typical training-length words does not do the task
LEAST_LOGIT = 2.0  # the least median distance of logits from zero: training gives 5 and more, initial weights hardly 1
LEAST_ANSWERED = 0.05  # a model that ends its answers to a smaller share of short words says next to nothing


@dataclass(frozen=True, kw_only=True)
class ExplainLimits:
    """What is asked of a model, whatever its task is.

    `program` is the task's own program. `ranges` are the ranges of lengths that are measured; by default they follow
    from the training length, with one more at six times that length. The training lengths themselves are always tried.
    `trained_to` is the longest training word. `words` is the number of words of each kind and range.
    """

    program: Program | None = None
    ranges: tuple[tuple[int, int], ...] | None = None
    trained_to: int = TRAIN_LENGTH
    words: int = 500
    most_atoms: int = 4
    seed: int = 0


@dataclass(frozen=True)
class Described:
    """A program that describes the model, with its measures, and the road that found it."""

    text: str
    road: str
    size: int
    depth: int
    fragment: str


@dataclass(frozen=True)
class Explanation:
    """All that was found of a model.

    `trained_to` is the longest training word that the model can read; `train_length` is the one that was asked for.

    `programs` are the programs of the roads, and the first of them is measured. It is the shortest, except that a
    program that contradicts a few words comes first if it describes more than the others; `set_aside` then says how
    many words.

    `no_program` is what the decider's certificate says, if no program defines the automaton. `undecided` is what the
    decider says if it has no certificate either. `agreement` is that of the program, or of the automaton if there is no
    program; its first entry is about the training lengths. `unread` are the ranges that the model cannot read.

    `allowed` says how many typical words of the training lengths the model allows to their last letter, and how many
    were drawn. The first number is 0 if words of the task may end and the model lets none of them end. For a task with
    an answer there is no `ladder`, and `allowed` says how many short words have an answer that ends, which is 0 if all
    answers are the same.

    `typical_logit` is the median distance of the model's logits from zero on typical words; None if it has no logits.
    `out_of_time` says what was left out when the time was up. `atoms_spent` says whether a search for atoms ended at
    its bound of looks.
    """

    model: str
    task: str | None
    trained_to: int
    train_length: int
    ladder: Ladder | None
    programs: tuple[Described, ...]
    agreement: tuple[RangeAgreement, ...]
    unread: tuple[tuple[int, int], ...]
    allowed: tuple[int, int]
    typical_logit: float | None
    parting: Parting | None
    task_parting: Parting | None
    no_program: str | None
    undecided: str | None
    atoms_said: str
    roads_said: str
    limits: str
    asked: int
    cpu_seconds: float
    set_aside: SetAside | None = None
    out_of_time: tuple[str, ...] = ()
    atoms_spent: bool = False

    @property
    def program(self) -> Described | None:
        """The program that is measured."""
        return self.programs[0] if self.programs else None

    @property
    def vacuous(self) -> bool:
        """Whether a program that describes the model says next to nothing.

        This is so if the model allows next to no words, or if its logits hardly decide.
        """
        if self.hardly_decides and self.program is not None:
            return True
        least = LEAST_ANSWERED if self.ladder is None else LEAST_ALLOWED
        if fewer_than_needed(*self.allowed, least):
            return True
        return len(self.agreement) > 1 and self.agreement[1].typical.allowed + self.agreement[1].stress.allowed == 0

    @property
    def hardly_decides(self) -> bool:
        """Whether half of the model's logits are close to zero, as those of untrained weights are."""
        return self.typical_logit is not None and self.typical_logit < LEAST_LOGIT

    @property
    def read_to(self) -> int:
        """The length up to which every range was read and had enough words."""
        reached = 0
        for each in sorted(self.agreement, key=lambda each: each.lengths):
            if each.lengths[0] <= reached + 1 and each.enough:
                reached = max(reached, each.lengths[1])
        return reached

    @property
    def explained_to(self) -> int:
        """The last length that was read, or the last length before the first difference that was found."""
        if self.parting is None or self.parting.difference is None:
            return self.read_to
        return min(self.read_to, max(0, self.parting.length - 1))

    @property
    def verdict(self) -> str:
        """The verdict: one of the eight that docs/explain.md lists."""
        if not self.agreement and self.out_of_time and (self.program is not None or SEARCH in self.out_of_time):
            return "out of time"
        if self.vacuous:
            return "vacuous"
        if not self.agreement or not self.agreement[0].typical_holds:
            return f"no program of {self.limits}"
        if self.program is None:
            return f"no program of {self.limits}" if self.no_program is None else "an automaton, no program"
        if not self.agreement[0].enough:
            return "too few words"
        typical = all(each.typical_holds for each in self.agreement)
        stress = all(each.stress_holds for each in self.agreement)
        if typical and not stress:
            return "typical words only"
        left_out = any(part.startswith(RANGE_LEFT_OUT) for part in self.out_of_time)
        if typical and self.read_to >= READ_TIMES * self.train_length and not left_out:
            return "explained"
        return f"explained to length {self.explained_to}"

    @property
    def explained(self) -> bool:
        """Whether the program describes the model on all ranges that a full verdict needs."""
        return self.verdict == "explained"

    def record(self) -> dict[str, Any]:
        """Everything that was found, as JSON data."""
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
            "train_length": self.train_length,
            "read_to": self.read_to,
            "bins": [each.record() for each in self.agreement],
            "described_by": None if not self.agreement else "program" if program is not None else "automaton",
            "allowed": {"words": self.allowed[0], "total": self.allowed[1]},
            "typical_logit": self.typical_logit,
            "unread": [list(lengths) for lengths in self.unread],
            **_parting_record("parts", self.parting),
            **_parting_record("task_program_parts", self.task_parting),
            "machine": None if self.ladder is None else _ladder_record(self.ladder),
            "atoms": self.atoms_said,
            "atoms_bound_reached": self.atoms_spent,
            "set_aside": None if self.set_aside is None else self.set_aside.record(),
            "roads": self.roads_said,
            "no_program": self.no_program,
            "undecided": self.undecided,
            "out_of_time": list(self.out_of_time),
            "asked_words": self.asked,
            "cpu_seconds": round(self.cpu_seconds, 2),
        }


def fewer_than_needed(allowed: int, total: int, least: float) -> bool:
    """Whether `allowed` is less than the share `least` of `total`, or there are no words at all."""
    return allowed < least * total or not total


def _ladder_record(ladder: Ladder) -> dict[str, Any]:
    states = [{"cap": rung.cap, "states": rung.states, "stopped": rung.why} for rung in ladder.rungs]
    return {"kind": ladder.kind, "states": states}


def _parting_record(name: str, parting: Parting | None) -> dict[str, Any]:
    """Two entries of JSON data: the difference, and the length up to which all words were tried.

    The first is null if no difference was found, and both are null if nothing was compared.
    """
    if parting is None:
        return {f"{name}_at": None, f"{name}_sought_to": None}
    return {f"{name}_at": parting.record(), f"{name}_sought_to": parting.complete}


def lines_of(found: Explanation) -> list[str]:
    """The lines of the report: the program first and the verdict last."""
    lines: list[str] = []
    if found.program is not None:
        program = found.program
        lines += [*program.text.rstrip().splitlines(), ""]
        size = f"{program.fragment}, depth {program.depth}, {program.size} operations, found by {program.road}"
        lines.append(f"program: {size}")
    else:
        lines.append("program: none")
    if found.agreement:
        lines.append(f"agreement of the {'program' if found.program else 'automaton'} with the model:")
    for each in found.agreement:
        a, b = each.lengths
        lines.append(f"  lengths {a:>3}-{b:<3}  typical {each.typical.in_words}; stress {each.stress.in_words}")
    return [*lines, *remarks_of(found), f"verdict: {found.verdict}"]


def remarks_of(found: Explanation) -> list[str]:
    """The lines of the report that stand between the agreement and the verdict."""
    lines = [f"atoms: {found.atoms_said}", f"both roads: {found.roads_said}"]
    if found.ladder is not None:
        lines.insert(0, f"machine: {found.ladder.in_words}")
    decider = found.undecided if found.no_program is None else found.no_program
    if decider is not None:
        lines.append(f"decider: {decider}")
    allowed, total = found.allowed
    if found.ladder is not None:
        lines.append(f"the model allows {allowed} of {total} typical words of its training lengths")
    else:
        lines.append(
            f"the model ends its answers to {allowed} of {total} short words; this is also 0 if all its answers are "
            "the same"
        )
    if found.hardly_decides:
        lines.append(f"the model hardly decides: half of its logits are within {found.typical_logit:.2f} of zero")
    if found.trained_to < found.train_length:
        lines.append(
            f"the model cannot read words of {found.train_length} letters, the training length that was asked for: "
            f"the ranges are those of training length {found.trained_to}"
        )
    if found.unread:
        lines.append(f"not read: lengths {', '.join(f'{a}-{b}' for a, b in found.unread)}: too few positions")
    if found.out_of_time:
        lines.append(f"the time ran out (--seconds), and this was left out: {', '.join(found.out_of_time)}")
    if found.parting is not None:
        lines.append(f"where program and model differ: {found.parting.in_words}")
    if found.task_parting is not None:
        lines.append(f"where the task's own program and the model differ: {found.task_parting.in_words}")
    if found.verdict == "too few words":
        lines.append(
            f"too few words: a range needs at least {LEAST_WORDS} different words of each kind; -n draws more words"
        )
    return [*lines, f"cost: {found.asked:,} words asked, {found.cpu_seconds:.1f} CPU seconds"]
