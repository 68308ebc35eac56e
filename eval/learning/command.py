"""The command `learn`: it learns the shortest program that agrees with labelled words, and says what was excluded."""

import json
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from crasp.learning.grammar import FRAGMENTS
from tasks.ground.automata.language import read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import AlphabetOption, DfaOption, RegexOption
from tasks.ground.automata.tokens import LanguageError
from tasks.ground.console import AsJson, RefusedError, print_json
from tasks.ground.files import check_writable, replace_text
from tasks.ground.option_groups import with_options

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from crasp.learning.asked_words import AskedLanguage
    from crasp.learning.compared_prefixes import PointWord
    from crasp.learning.formula import SmallFormula
    from crasp.learning.labelled_prefixes import LabelledWords
    from crasp.learning.learning import KeepSearches, LearntProgram
    from crasp.learning.regular_road.automaton_road import AutomatonRoad
    from crasp.regular.automata.automaton import Automaton
    from crasp.regular.equivalence import LanguageComparison
    from eval.learning.answer_words import LearntAnswers

MOST_SECONDS = 86_400
COMPARED_SECONDS = 1.0  # how long a program's language is compared with the given one
ROAD_SHARE, ROAD_SECONDS = 0.3, 10.0  # the share of the time, and the most seconds, for an automaton and its program
LEAST_SECONDS = 1.0  # the least time of the search, however long it took to get the labels


@dataclass(frozen=True, kw_only=True)
class _LearnSubject:
    """The options that say where the labels come from: words, a task, a language or a model."""

    words: Annotated[str | None, typer.Option("--words", metavar="FILE.jsonl", help="Labelled words.")] = None
    task: Annotated[str | None, typer.Option("--task", metavar="TASK", help="A task, which gives labels.")] = None
    regex: RegexOption = None
    dfa: DfaOption = None
    alphabet: AlphabetOption = None
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="DIR|lib:NAME|FILE.crasp", help="A model, which is asked which tokens may follow."
        ),
    ] = None
    vocab: Annotated[
        Path | None,
        typer.Option("--vocab", metavar="FILE", help="The names of the model's outputs, if it has no tokenizer."),
    ] = None

    def check(self, certificate: str | None) -> None:
        """Raise RefusedError unless exactly one source, or a certificate to check, is given, with fitting options."""
        given = [self.words, self.task if self.model is None else self.model, self.regex, self.dfa, certificate]
        if given.count(None) != len(given) - 1:
            raise RefusedError(
                "expected one of --words FILE, --task T, --regex R, --dfa FILE, --model DIR and --check FILE"
            )
        if self.vocab is not None and self.model is None:
            raise RefusedError("--vocab goes with --model")
        if self.alphabet is not None and self.task is not None:
            raise RefusedError("--alphabet goes with --words, --regex, --dfa and --model: a task has its own alphabet")


@dataclass(frozen=True, kw_only=True)
class _LearnSearch:
    """The options that say which programs are looked for, how long, and with which words."""

    fragment: Annotated[
        str | None,
        typer.Option(
            "--fragment",
            metavar="|".join(FRAGMENTS),
            help="Search this family of programs only; by default plain, then the larger families.",
        ),
    ] = None
    window: Annotated[int, typer.Option("--window", metavar="C", help="How far back local programs look.")] = 2
    moduli: Annotated[str, typer.Option("--moduli", metavar="M,M", help="The moduli of periodic programs.")] = "2,3,4"
    seconds: Annotated[float, typer.Option("--seconds", metavar="S", help="How long to search.")] = 60.0
    max_size: Annotated[int, typer.Option("--max-size", metavar="N", help="The largest size to enumerate.")] = 16
    hold_back: Annotated[
        float, typer.Option("--hold-back", metavar="X", help="Share of the words that are held back as a check.")
    ] = 0.3
    seed: Annotated[
        int, typer.Option("--seed", metavar="N", help="The seed that chooses which words are drawn and held back.")
    ] = 0

    def check(self) -> None:
        """Raise RefusedError if a number is out of range."""
        if not 0 < self.seconds <= MOST_SECONDS:
            raise RefusedError(
                f"--seconds: expected a number above 0, at most {MOST_SECONDS:,}, found {self.seconds:g}"
            )
        if not 0 <= self.hold_back < 1:
            raise RefusedError(f"--hold-back: expected a share from 0 to less than 1, found {self.hold_back:g}")
        if self.max_size < 1:
            raise RefusedError(f"--max-size: expected a size, 1 or more, found {self.max_size}")
        if self.seed < 0:
            raise RefusedError(f"--seed: expected a number, 0 or more, found {self.seed}")

    @property
    def fragments(self) -> tuple[str, ...]:
        """The families in the order in which they are searched."""
        return tuple(FRAGMENTS) if self.fragment is None else (self.fragment,)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The moduli; RefusedError is raised if they are not numbers."""
        try:
            return tuple(int(part) for part in self.moduli.split(","))
        except ValueError:
            raise RefusedError(f"--moduli: expected numbers with commas between them, found {self.moduli}") from None


@dataclass(frozen=True, kw_only=True)
class _LearnFiles:
    """The options that say which files are written."""

    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE", help="Write the program here.")] = None
    certificate: Annotated[
        Path | None,
        typer.Option("--certificate", metavar="FILE", help="Write a certificate of the sizes that are excluded."),
    ] = None


@with_options(subject=_LearnSubject, search=_LearnSearch, files=_LearnFiles)
def learn(
    *,
    subject: _LearnSubject,
    search: _LearnSearch,
    files: _LearnFiles,
    check: Annotated[
        str | None, typer.Option("--check", metavar="FILE", help="Check a certificate by enumerating again.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            "--resume", metavar="FILE", help="Continue the searches stored in this file, and store them again."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Learn the shortest program that agrees with labelled words, and say which sizes are excluded.

    Status 1 where no program was found in the time.
    """
    subject.check(check)
    if check is not None:
        from crasp.learning.exclusion_certificate import check_certificates

        for line in check_certificates(check):
            print(line)
        return
    search.check()
    for file in (files.out, files.certificate, resume):
        if file is not None:
            check_writable(file)
    begun = monotonic()
    answers = _answers(subject, search, files.certificate, resume)
    if answers is not None:
        _print_answers(answers, files.out, monotonic() - begun, as_json=as_json)
        return
    _learn(subject, search, files, resume, as_json=as_json)


def _answers(
    subject: _LearnSubject, search: _LearnSearch, certificate: Path | None, resume: Path | None
) -> "LearntAnswers | None":
    """Return what is learnt of a task with an answer; None for any other subject."""
    if subject.task is None:
        return None
    from eval.learning.answer_words import is_answer_task, learn_answers

    if not is_answer_task(subject.task):
        return None
    what = f"{subject.task} is a task with an answer"
    if certificate is not None:
        raise RefusedError(f"--certificate: {what}: no size is excluded, so there is nothing to certify")
    if resume is not None:
        raise RefusedError(f"--resume: {what}: its search cannot be continued")
    return learn_answers(subject.task, subject.model, subject.vocab, search.seed, _told)


def _told(line: str) -> None:
    print(line, file=sys.stderr)


def _print_answers(found: "LearntAnswers", out: Path | None, seconds: float, *, as_json: bool) -> None:
    """Print a program of answers; raise Exit with status 1 if there is none."""
    from eval.learning.answer_words import answers_heading, answers_record

    text = None if found.text is None else "\n".join([*answers_heading(found), found.text.lstrip()])
    if out is not None and text is not None:
        replace_text(out, text)
        _told(f"wrote {out}")
    if as_json:
        print_json(answers_record(found, seconds) | {"program": text})
    elif text is None:
        print(f"none found: {found.said}")
    elif out is None:
        print(text, end="")
    if text is None:
        raise typer.Exit(1)


def _learn(
    subject: _LearnSubject, search: _LearnSearch, files: _LearnFiles, resume: Path | None, *, as_json: bool
) -> None:
    from crasp.learning.grammar import grammar_of_fragment
    from crasp.learning.learning import learn_program

    begun, moduli = monotonic(), search.numbers
    for one in search.fragments:
        grammar_of_fragment(one, window=search.window, moduli=moduli)  # raises an error at once if something is wrong
    given, automaton = _given(subject, search.seed)
    if subject.words is not None and files.certificate is None:
        from eval.learning.given_answers import learn_given_answers

        answers = learn_given_answers(given, search.seed, begun + search.seconds, _told)
        if answers is not None:
            _print_answers(answers, files.out, monotonic() - begun, as_json=as_json)
            return
    # A language or a model can be asked for more words, so none is held back.
    hold_back = search.hold_back if subject.words is not None else 0.0
    road = _automaton_road(given, automaton, search.fragments, search.seconds - (monotonic() - begun))
    if road is not None and road.given and road.none:
        _print_none(road, as_json=as_json)
    found = learn_program(
        given,
        search.fragments if road is None else road.worth_asking(search.fragments),
        smaller_than=None if road is None else road.sizes,
        seconds=max(search.seconds - (monotonic() - begun), min(search.seconds, LEAST_SECONDS)),
        most=search.max_size,
        window=search.window,
        moduli=moduli,
        hold_back=hold_back,
        confirm=lambda formula: _parting(automaton, formula),
        seed=search.seed,
        told=_told,
        kept=None if resume is None else _kept(resume, given, search, moduli, hold_back),
    )
    if road is not None:
        found = _with_road(found, given, road)
    if files.certificate is not None:
        record = {"certificates": found.certificates(given.alphabet)}
        replace_text(files.certificate, json.dumps(record) + "\n")
    _print(found, files.out, monotonic() - begun, automaton, road, as_json=as_json)


def _given(subject: _LearnSubject, seed: int) -> "tuple[LabelledWords, Automaton | None]":
    """Return the labelled words, and the automaton of a regular language, or None."""
    if subject.words is not None:
        from crasp.learning.labelled_prefixes import read_labelled_words

        return read_labelled_words(subject.words, subject.alphabet), None
    if subject.model is not None:
        from eval.learning.labelled_by_model import words_labelled_by

        return words_labelled_by(subject.model, subject.task, subject.alphabet, subject.vocab, seed), None
    asked = _asked(subject.task, subject.regex, subject.dfa, subject.alphabet)
    return _labelled(asked, seed), asked.automaton


def _kept(
    file: Path, given: "LabelledWords", search: _LearnSearch, moduli: tuple[int, ...], hold_back: float
) -> "KeepSearches":
    """Return the searches of the file, which is refused if it has other labels or settings."""
    from crasp.learning.resuming.kept_searches import kept_searches

    settings = {"window": search.window, "moduli": list(moduli), "hold_back": hold_back, "seed": search.seed}
    return kept_searches(file, given, settings)


def _road_text(road: "AutomatonRoad", outputs: "Collection[str]") -> str | None:
    """Return the program that the decider makes for these outputs."""
    from crasp.learning.regular_road.automaton_road import program_of_outputs

    return road.program if road.sizes.keys() <= set(outputs) else program_of_outputs(road, outputs, ROAD_SECONDS)


def _with_road(found: "LearntProgram", given: "LabelledWords", road: "AutomatonRoad") -> "LearntProgram":
    """Return what was found, corrected by what the automaton shows.

    If no program was found, the automaton's program is taken. If the automaton has no program, a formula larger than
    its table is left out.
    """
    from crasp.learning.learning import with_program, without_program

    if road.program is not None and found.text is None:
        return with_program(given, found, road.sizes, partial(_road_text, road))
    if road.none and found.text is not None and found.size > road.entries:
        # With few short words some large formula always agrees, also for a language that has no program.
        return without_program(
            found,
            f"a formula of {found.size} nodes agrees with the labels, but it is not printed: the smaller table of "
            f"{road.automaton_in_words}, {road.entries} entries, agrees too, and it has no program",
        )
    return found


def _asked(task: str | None, regex: str | None, dfa: str | None, alphabet: str | None) -> "AskedLanguage":
    """Return the language that the options name, as a source of labels."""
    if task is not None:
        from eval.learning.task_words import task_language

        return task_language(task)
    from crasp.learning.asked_words import automaton_language

    try:
        automaton = read_language(LanguageText(regex, dfa, alphabet), name="--regex").automaton
    except LanguageError as error:
        raise RefusedError(str(error)) from None
    return automaton_language(automaton)


def _labelled(asked: "AskedLanguage", seed: int) -> "LabelledWords":
    """Return labels of short words, of drawn words, and of longer words that contradict more formulas."""
    import numpy as np

    from crasp.learning.labelled_prefixes import ACCEPT, LabelledWords

    words = asked.words(np.random.default_rng(seed))
    words += asked.words(np.random.default_rng(seed + 1_000_000), confirming=True)
    return LabelledWords(asked.alphabet, tuple(dict.fromkeys(words)), {ACCEPT: asked.labels(words)})


def _parting(automaton: "Automaton | None", formula: "SmallFormula") -> "Mapping[PointWord, bool]":
    """Return the labels of a shortest word on which a formula and a regular language differ; empty if none is known."""
    if automaton is None:
        return {}
    from crasp.learning.asked_words import automaton_language
    from crasp.learning.program_text import program_text

    word = _compared(program_text(automaton.alphabet, formula), automaton).word
    return {} if word is None else automaton_language(automaton).labels([word])


def _compared(text: str, automaton: "Automaton") -> "LanguageComparison":
    from crasp.errors import Source
    from crasp.regular.equivalence import compare_language
    from crasp.text.loader import read_program

    until = monotonic() + COMPARED_SECONDS
    return compare_language(read_program(Source("the program", text)), automaton, until=until)


def _automaton_road(
    given: "LabelledWords", automaton: "Automaton | None", fragments: "Sequence[str]", seconds: float
) -> "AutomatonRoad | None":
    """Return what an automaton shows of the labels; None if there is none, or the words have an answer."""
    from crasp.learning.labelled_prefixes import ACCEPT, SEPARATOR
    from crasp.learning.regular_road.automaton_road import follow_automaton, set_labels

    if SEPARATOR in given.alphabet:
        return None
    sets = ACCEPT not in given.labels
    labels = set_labels(given) if sets else given.labels[ACCEPT]
    limit = min(ROAD_SECONDS, max(LEAST_SECONDS / 2, ROAD_SHARE * seconds))
    return follow_automaton(given.alphabet, labels, automaton, fragments, sets=sets, seconds=limit, told=_told)


def _print_none(road: "AutomatonRoad", *, as_json: bool) -> None:
    """Print that no program defines the given regular language, and why; raise Exit with status 1."""
    from crasp.learning.report import record_of

    certificate = {"certificate": dict(road.verdict.certificates), "automaton": road.record()}
    print_json(record_of(None, 0.0) | certificate) if as_json else print(f"No program: {road.verdict.because}")
    raise typer.Exit(1)


def _print(
    found: "LearntProgram",
    out: Path | None,
    seconds: float,
    automaton: "Automaton | None",
    road: "AutomatonRoad | None",
    *,
    as_json: bool,
) -> None:
    """Print the program with what is claimed of it; raise Exit with status 1 if there is none."""
    from crasp.learning.report import heading_of, known_of, record_of

    for warning in found.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    beside = {"automaton": None if road is None else road.record()}
    if found.text is None:
        looks = [] if road is None or not road.none else [f"The labels look regular: {road.in_words}"]
        known = [*known_of(found), *looks]
        print_json(record_of(found, seconds) | beside) if as_json else print("\n".join(known))
        raise typer.Exit(1)
    equivalent = None if automaton is None else _compared(found.text, automaton).equal
    heading = heading_of(found, regular=automaton is not None, equivalent=equivalent)
    if found.by_automaton and road is not None:
        whose = "it is" if len(found.decided) == len(found.outputs) else f"{', '.join(found.decided)}:"
        heading.append(f"// {whose} the decider's program of {road.automaton_in_words}")
    text = "\n".join([*heading, found.text])
    if out is not None:
        replace_text(out, text)
        print(f"wrote {out}", file=sys.stderr)
    if as_json:
        print_json(record_of(found, seconds, text, equivalent=equivalent) | beside)
    elif out is None:
        print(text, end="")
