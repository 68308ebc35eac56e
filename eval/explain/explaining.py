"""The explanation of one model by its next-sets: both roads, the agreement by length, the differences, the verdict."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crasp.errors import Source
from crasp.meaning.ir import Program
from crasp.meaning.measures import measure
from crasp.meaning.words import joined
from crasp.regular.automata.automaton import Automaton
from crasp.regular.verdict import LanguageVerdict
from crasp.text.formatter import format_text
from crasp.text.loader import load_program, read_program
from crasp.text.sources import LIBRARY
from eval.answering.answerers import TooLongError, UnfitError
from eval.explain.agreement import RangeAgreement, Trial, compare_ranges, may_end
from eval.explain.atom_road import AtomRoad, AtomSubject, follow_atoms
from eval.explain.cap_ladder import Ladder, climb, decide_sets
from eval.explain.exceptions.next_set_exceptions import follow_with_exceptions
from eval.explain.next_sets import AskedModel, AutomatonSets, CountedSets, NextSets, ProgramSets, words_of
from eval.explain.shortest_difference import MOST_WORDS, Parting, find_parting
from eval.explain.verdict import FARTHEST_TIMES, Described, ExplainLimits, Explanation
from eval.explain.word_walks import all_short_words, allowed_words, shortest_difference, wholly_allowed
from eval.measuring.measurement import ranges_of
from tasks.ground.automata.automaton import counted
from tasks.task import Task

LEFT = "it does not describe words that were not tried before, and so it is dropped"
SAME_LENGTH = 12  # the programs of both roads are compared on all words up to this length
SAME_WORDS = 20_000  # if there are more words than this, the longer ones are only those that either program allows


@dataclass(frozen=True, kw_only=True)
class ExplainRequest(ExplainLimits):
    """What is asked: the model by its next-sets, the task, and the limits.

    `name` is what the model is called. `most_states` bounds the automaton. `seconds` is the time of the decider.
    `layer_words` is the number of words of one length past which the search for the shortest difference stops.
    """

    name: str
    sets: NextSets
    task: Task | None = None
    most_states: int = 30
    seconds: float = 20.0
    layer_words: int = MOST_WORDS


def explain(request: ExplainRequest) -> Explanation:
    """What program describes the model, and up to which length.

    Args:
        request: The model, its task and the limits.

    Raises:
        UnfitError: The model cannot read words of four letters, or none of the ranges that were asked for.
    """
    started = time.process_time()
    model = CountedSets(request.sets)
    trained_to = _readable(model, request.trained_to)
    _check_ranges(model, request.ranges)
    ladder = climb(model, request.task, trained_to=trained_to, most_states=request.most_states, seed=request.seed)
    decided = _decided(ladder, request)
    title = f"What {Path(request.name).name} allows after each prefix, read from its answers"
    subject = AtomSubject(model, request.task, trained_to, request.most_atoms, f"{title} by atoms.")
    atoms = follow_atoms(subject, seed=request.seed)
    programs = _programs(decided, atoms, f"{title} by its automaton.")
    described = _described(programs, ladder.automaton if ladder.kind != "counter" else None)
    measured = _TriedPrograms(programs, described, *_agreement(model, described, request, trained_to))
    aside = None
    if atoms.text is None and not measured.holds and not (ladder.kind == "automaton" and _certain(measured, decided)):
        found = follow_with_exceptions(subject, request.seed, atoms.contradicted)
        atoms = replace(atoms, said=f"{atoms.said}; {found.said}", spent=atoms.spent or found.spent)
        if found.text is not None:
            loose = _set_aside(model, found.text, measured, request, trained_to)
            if loose.holds or (loose.begins and not programs and not _certain(measured, decided)):
                measured, aside = loose, found.aside
            else:
                atoms = replace(atoms, said=f"{atoms.said}; {LEFT}")
    programs, described, agreement = measured.programs, measured.described, measured.agreement
    return Explanation(
        model=request.name,
        task=None if request.task is None else request.task.shown,
        trained_to=trained_to,
        train_length=request.trained_to,
        ladder=ladder,
        programs=programs,
        agreement=agreement,
        unread=measured.unread,
        allowed=_allowed(model, request, trained_to),
        typical_logit=_typical_logit(model, request, trained_to),
        parting=_parting(model, described, agreement, trained_to, request.layer_words),
        task_parting=_task_parting(model, request.program, trained_to, request.layer_words),
        no_program=None if decided is None else _certified(decided),
        undecided=None if decided is None or decided.families.smallest is not None else decided.because,
        atoms_said=atoms.said,
        atoms_spent=atoms.spent,
        roads_said=_roads_said(programs),
        limits=f"at most {counted(request.most_states, 'state')} or {counted(request.most_atoms, 'atom')}",
        asked=model.cost.words,
        cpu_seconds=time.process_time() - started,
        set_aside=aside,
    )


@dataclass(frozen=True)
class _TriedPrograms:
    """Programs, and how far the first of them agrees with the model.

    `described` is what was measured: the first program, or an automaton if there is no program. `unread` are the ranges
    that the model cannot read.
    """

    programs: tuple[Described, ...]
    described: NextSets | None
    agreement: tuple[RangeAgreement, ...]
    unread: tuple[tuple[int, int], ...]

    @property
    def begins(self) -> bool:
        """Whether there is a program that describes the training lengths."""
        return bool(self.programs) and self.agreement[0].typical_holds and self.agreement[0].stress_holds

    @property
    def holds(self) -> bool:
        """Whether there is a program that describes all lengths that were tried."""
        return bool(self.programs) and all(each.typical_holds and each.stress_holds for each in self.agreement)


def _certain(measured: _TriedPrograms, decided: LanguageVerdict | None) -> bool:
    """Whether the automaton describes the model and has a certificate that no program defines it."""
    certified = decided is not None and _certified(decided) is not None
    return certified and bool(measured.agreement) and measured.agreement[0].typical_holds


def _set_aside(
    model: NextSets, text: str, other: _TriedPrograms, request: ExplainRequest, trained_to: int
) -> _TriedPrograms:
    """The measurement of a program that contradicts a few words, which is put before those that contradict none."""
    programs = (_measured(text, "atoms"), *other.programs)
    described = _described(programs, None)
    return _TriedPrograms(programs, described, *_agreement(model, described, request, trained_to))


def _readable(model: NextSets, trained_to: int) -> int:
    """The longest training word that the model can read, by halving; UnfitError if it cannot read four letters."""
    while True:
        try:
            model.masks(words_of([(0,) * trained_to]))
            return trained_to
        except TooLongError as error:
            if trained_to <= 4:
                raise UnfitError(str(error)) from None
            trained_to //= 2


def _check_ranges(model: NextSets, ranges: tuple[tuple[int, int], ...] | None) -> None:
    """Raise UnfitError if ranges were asked for and the model can read none of them."""
    refused = ""
    for _, longest in ranges or ():
        try:
            model.masks(words_of([(0,) * longest]))
        except TooLongError as error:
            refused = refused or str(error)
        else:
            return
    if refused:
        raise UnfitError(f"--lengths: none of the ranges can be read: {refused}")


def _decided(ladder: Ladder, request: ExplainRequest) -> LanguageVerdict | None:
    """The decider's verdict on the machine; None for a counter, whose machine describes short words alone."""
    if ladder.automaton is None or ladder.kind in ("counter", "none"):
        return None
    return decide_sets(ladder.automaton, subject="the model", seconds=request.seconds)


def _certified(decided: LanguageVerdict) -> str | None:
    """What the certificate says: that no program defines the automaton; None if there is no certificate."""
    if decided.families.smallest is not None:
        return None
    for family, certificate in decided.certificates.items():
        return f"no program of {family.replace('_', ' and ')} C-RASP does: {' '.join(certificate['explanation'])}"
    return None


def _programs(decided: LanguageVerdict | None, atoms: AtomRoad, title: str) -> tuple[Described, ...]:
    """The programs of the two roads, the shorter first."""
    found = []
    if decided is not None and decided.witness is not None:
        found.append(_measured(_retitled(decided.witness.program, title), "the automaton"))
    if atoms.text is not None:
        found.append(_measured(atoms.text, "atoms"))
    return tuple(sorted(found, key=lambda each: each.size))


def _retitled(text: str, title: str) -> str:
    """The decider's text with another title in place of its own first two comment lines."""
    lines = text.splitlines()
    kept = [line for number, line in enumerate(lines) if number > 1 or not line.startswith("//")]
    return format_text(Source("explained", "\n".join([f"// {title}", *kept, ""])))


def _measured(text: str, road: str) -> Described:
    found = measure(read_program(Source("explained", text)))
    return Described(text, road, found.operations, found.depth, found.fragment)


def _sets(described: Described) -> ProgramSets:
    return ProgramSets(read_program(Source("explained", described.text)))


def _described(programs: tuple[Described, ...], automaton: Automaton | None) -> NextSets | None:
    if programs:
        return _sets(programs[0])
    return None if automaton is None else AutomatonSets(automaton)


def _agreement(
    model: NextSets, described: NextSets | None, request: ExplainRequest, trained_to: int
) -> tuple[tuple[RangeAgreement, ...], tuple[tuple[int, int], ...]]:
    if described is None:
        return (), ()
    far = ((FARTHEST_TIMES - 1) * trained_to + 1, FARTHEST_TIMES * trained_to)
    ranges = request.ranges or (*ranges_of(trained_to), far)
    if ranges[0] != (1, trained_to):
        ranges = ((1, trained_to), *ranges)
    trial = Trial(request.task, request.words, request.seed)
    return compare_ranges(model, described, trial, ranges, far_from=3 * trained_to)


def _allowed(model: NextSets, request: ExplainRequest, trained_to: int) -> tuple[int, int]:
    """How many typical words of the training lengths the model allows to their last letter, and how many were drawn.

    The first number is 0 if words of the task may end and the model lets none of them end.
    """
    trial = Trial(request.task, request.words, request.seed)
    words = trial.drawn("typical", model, (1, trained_to))
    if not len(words.lengths):
        return 0, 0
    if trial.words_end((1, trained_to)) and not may_end(model, words).any():
        return 0, len(words.lengths)
    return int(wholly_allowed(model.masks(words), words).sum()), len(words.lengths)


def _typical_logit(model: NextSets, request: ExplainRequest, trained_to: int) -> float | None:
    """The median distance of the model's logits from zero on typical training-length words; None without logits."""
    if not isinstance(request.sets, AskedModel):
        return None
    return request.sets.typical_logit(Trial(request.task, 64, request.seed).drawn("typical", model, (1, trained_to)))


def _parting(
    model: NextSets, described: NextSets | None, agreement: Sequence[RangeAgreement], trained_to: int, most_words: int
) -> Parting | None:
    if described is None:
        return None
    samples = [part.difference for each in agreement for part in (each.typical, each.stress)]
    return find_parting(model, described, longest=3 * trained_to, samples=samples, most_words=most_words)


def _task_parting(model: NextSets, program: Program | None, trained_to: int, most_words: int) -> Parting | None:
    if program is None or program.alphabet != model.alphabet or not program.next:
        return None
    return find_parting(model, ProgramSets(program), longest=3 * trained_to, most_words=most_words)


def own_program(task: Task | None) -> Program | None:
    """The library's program of a task, if it has one."""
    return None if task is None or task.program is None else load_program(LIBRARY + task.program)


def _roads_said(programs: Sequence[Described]) -> str:
    """A sentence on whether the programs of both roads allow the same after every prefix of the tried words."""
    if len(programs) < 2:
        return "only one gave a program" if programs else "neither gave a program"
    one, other = map(_sets, programs)
    words = all_short_words(len(one.alphabet), most_words=SAME_WORDS, longest=SAME_LENGTH)
    complete = int(words.lengths.max(initial=0))
    parts = [words, *(allowed_words(each, most_words=SAME_WORDS, longest=SAME_LENGTH).words for each in (one, other))]
    whole = joined(*parts)
    found = shortest_difference(one.masks(whole), other.masks(whole), whole)
    if found is not None:
        word = " ".join(one.alphabet[k] for k in found.word) or "the empty word"
        return f"their programs differ after {word}: both programs are given"
    allowed = min(int(part.lengths.max(initial=0)) for part in parts[1:])
    more = f", and on those that they allow to length {allowed}" if allowed > complete else ""
    return f"their programs agree on all words to length {complete}{more}"
