"""The command `learn`: from labelled words to the shortest program, with what was excluded."""

import json
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer

from crasp.console import Json
from crasp.learning.grammar import FRAGMENTS
from tasks.ground.automata.language import read_language
from tasks.ground.automata.options import Alphabet, Dfa, Regex, language_text
from tasks.ground.automata.tokens import LanguageError
from tasks.ground.console import RefusedError, print_json
from tasks.ground.files import check_writable, replace_text

# Who knows tasks and models stands above this package: it is imported by its name, and only where one is asked for.
TASK_LANGUAGE = ("eval.learning.task_words", "task_language")
MODEL_WORDS = ("eval.learning.model_words", "model_words")
ANSWER_WORDS = "eval.learning.answer_words"
GIVEN_ANSWERS = "eval.learning.given_answers"
MOST_SECONDS = 86_400
COMPARED_SECONDS = 1.0  # seconds in which a program's language is compared with the given one
ROAD_SHARE, ROAD_SECONDS = 0.3, 10.0  # of the time, and seconds, that an automaton and its program may take
LEAST_SECONDS = 1.0  # seconds of search, however long labels were asked for


def learn(
    words: Annotated[str | None, typer.Option("--words", metavar="FILE.jsonl", help="Labelled words.")] = None,
    task: Annotated[str | None, typer.Option("--task", metavar="TASK", help="A task, which gives labels.")] = None,
    regex: Regex = None,
    dfa: Dfa = None,
    alphabet: Alphabet = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="DIR|lib:NAME|FILE.crasp", help="A model, which is asked what may follow."),
    ] = None,
    vocab: Annotated[
        Path | None, typer.Option("--vocab", metavar="FILE", help="The names of the model's outputs, if it has none.")
    ] = None,
    fragment: Annotated[
        str | None,
        typer.Option("--fragment", metavar="|".join(FRAGMENTS), help="One family of programs; else plain, then more."),
    ] = None,
    window: Annotated[int, typer.Option("--window", metavar="C", help="How far back local programs look.")] = 2,
    moduli: Annotated[str, typer.Option("--moduli", metavar="M,M", help="The moduli of periodic programs.")] = "2,3,4",
    seconds: Annotated[float, typer.Option("--seconds", metavar="S", help="How long to search.")] = 60.0,
    max_size: Annotated[int, typer.Option("--max-size", metavar="N", help="The largest size to enumerate.")] = 16,
    hold_back: Annotated[float, typer.Option("--hold-back", metavar="X", help="Share of words that confirm.")] = 0.3,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Which words are drawn and held back.")] = 0,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE", help="Write the program here.")] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="FILE", help="Write what shows which sizes are excluded.")
    ] = None,
    check: Annotated[
        str | None, typer.Option("--check", metavar="FILE", help="Check a certificate by enumerating again.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option("--resume", metavar="FILE", help="Go on with the searches kept there, and keep them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Learn the shortest program that agrees with labelled words, and say which sizes are excluded.

    Status 1 where no program was found in the time.
    """
    given = [words, task if model is None else model, regex, dfa, check]
    if given.count(None) != len(given) - 1:
        raise RefusedError(
            "expected one of --words FILE, --task T, --regex R, --dfa FILE, --model DIR and --check FILE"
        )
    if vocab is not None and model is None:
        raise RefusedError("--vocab: goes with --model")
    if alphabet is not None and task is not None:
        raise RefusedError("--alphabet goes with --words, --regex, --dfa and --model: a task has its own words")
    if check is not None:
        from crasp.learning.exclusion_certificate import check_certificates

        for line in check_certificates(check):
            print(line)
        return
    if not 0 < seconds <= MOST_SECONDS:
        raise RefusedError(f"--seconds: expected a number above 0, at most {MOST_SECONDS:,}, found {seconds:g}")
    if not 0 <= hold_back < 1:
        raise RefusedError(f"--hold-back: expected a share from 0 to less than 1, found {hold_back:g}")
    if max_size < 1:
        raise RefusedError(f"--max-size: expected a size, 1 or more, found {max_size}")
    if seed < 0:
        raise RefusedError(f"--seed: expected a number, 0 or more, found {seed}")
    for file in (out, certificate, resume):
        if file is not None:
            check_writable(file)
    if task is not None and import_module(ANSWER_WORDS).is_answer_task(task):
        answers, begun = import_module(ANSWER_WORDS), monotonic()
        if certificate is not None:
            raise RefusedError(f"--certificate: {task} is a task with an answer: no size is excluded, so there is none")
        if resume is not None:
            raise RefusedError(f"--resume: {task} is a task with an answer: there is no search to go on with")
        learnt = answers.learn_answers(task, model, vocab, seed, _told)
        _print_answers(learnt, out, monotonic() - begun, as_json=as_json)
        return
    wanted = _Wanted(fragment, window, _moduli(moduli), seconds, max_size, hold_back, seed, resume)
    _learn(wanted, words, task, regex, dfa, alphabet, model, vocab, out, certificate, as_json=as_json)


@dataclass(frozen=True)
class _Wanted:
    fragment: str | None
    window: int
    moduli: tuple[int, ...]
    seconds: float
    most: int
    hold_back: float
    seed: int
    resume: Path | None


def _moduli(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise RefusedError(f"--moduli: expected numbers with commas between, found {text}") from None


def _told(line: str) -> None:
    print(line, file=sys.stderr)


def _print_answers(found: Any, out: Path | None, seconds: float, *, as_json: bool) -> None:
    """A program of answers, with one condition for all letters; Exit(1) where there is none."""
    answers = import_module(ANSWER_WORDS)
    text = None if found.text is None else "\n".join([*answers.answers_heading(found), found.text.lstrip()])
    if out is not None and text is not None:
        replace_text(out, text)
        _told(f"wrote {out}")
    if as_json:
        print_json(answers.answers_record(found, seconds) | {"program": text})
    elif text is None:
        print(f"none found: {found.said}")
    elif out is None:
        print(text, end="")
    if text is None:
        raise typer.Exit(1)


def _learn(
    wanted: _Wanted,
    words: str | None,
    task: str | None,
    regex: str | None,
    dfa: str | None,
    alphabet: str | None,
    model: str | None,
    vocab: Path | None,
    out: Path | None,
    certificate: Path | None,
    *,
    as_json: bool,
) -> None:
    from crasp.learning.grammar import grammar_of_fragment
    from crasp.learning.learning import learn_program, with_program, without_program

    begun = monotonic()
    fragments = FRAGMENTS if wanted.fragment is None else (wanted.fragment,)
    for one in fragments:
        grammar_of_fragment(one, window=wanted.window, moduli=wanted.moduli)  # refuses what is wrong at once
    automaton = None
    if words is not None:
        from crasp.learning.labelled_prefixes import ACCEPT, read_labelled_words

        given, hold_back = read_labelled_words(words, alphabet), wanted.hold_back
        if ACCEPT not in given.labels and certificate is None:
            answers = import_module(GIVEN_ANSWERS).learn_given_answers(
                given, wanted.seed, begun + wanted.seconds, _told
            )
            if answers is not None:
                _print_answers(answers, out, monotonic() - begun, as_json=as_json)
                return
    elif model is not None:
        module, name = MODEL_WORDS
        asked_model = getattr(import_module(module), name)
        given, hold_back = asked_model(model, task, alphabet, vocab, wanted.seed), 0.0
    else:
        asked = _asked(task, regex, dfa, alphabet)
        given, hold_back = _labelled(asked, wanted.seed), 0.0  # more words are asked for instead
        automaton = asked.automaton
    road = _automaton_road(given, automaton, fragments, wanted.seconds - (monotonic() - begun))
    if road is not None and road.given and road.none:
        _print_none(road, as_json=as_json)
    kept = None
    if wanted.resume is not None:
        from crasp.learning.resuming.kept_searches import kept_searches

        settings = {"window": wanted.window, "moduli": list(wanted.moduli), "hold_back": hold_back, "seed": wanted.seed}
        kept = kept_searches(wanted.resume, given, settings)
    found = learn_program(
        given,
        fragments if road is None else road.worth_asking(fragments),
        smaller_than=None if road is None or road.program is None else road.size,
        seconds=max(wanted.seconds - (monotonic() - begun), min(wanted.seconds, LEAST_SECONDS)),
        most=wanted.most,
        window=wanted.window,
        moduli=wanted.moduli,
        hold_back=hold_back,
        confirm=lambda formula: _parting(automaton, formula),
        seed=wanted.seed,
        told=_told,
        kept=kept,
    )
    if road is not None and road.program is not None and found.text is None:
        found = with_program(given, found, road.program, road.size)
    if road is not None and road.none and found.text is not None and found.size > road.entries:
        # Of few short words some large formula always agrees with a language that has none.
        found = without_program(
            found,
            f"a formula of {found.size} nodes agrees with the labels, and is not printed: so does "
            f"{road.automaton_in_words}, a table of {road.entries} entries, for which there is no program",
        )
    if certificate is not None:
        record = {"certificates": found.certificates(given.alphabet)}
        replace_text(certificate, json.dumps(record) + "\n")
    _print(found, out, monotonic() - begun, automaton, road, as_json=as_json)


def _asked(task: str | None, regex: str | None, dfa: str | None, alphabet: str | None) -> Any:
    """The language."""
    if task is not None:
        module, name = TASK_LANGUAGE
        return getattr(import_module(module), name)(task)
    from crasp.learning.asked_words import automaton_language

    try:
        automaton = read_language(language_text(regex, dfa, alphabet, None, None), name="--regex").automaton
    except LanguageError as error:
        raise RefusedError(str(error)) from None
    return automaton_language(automaton)


def _labelled(asked: Any, seed: int) -> Any:
    """The labels of words that are asked for: short ones, drawn ones, and longer ones that contradict more."""
    import numpy as np

    from crasp.learning.labelled_prefixes import ACCEPT, LabelledWords

    words = asked.words(np.random.default_rng(seed))
    words += asked.words(np.random.default_rng(seed + 1_000_000), confirming=True)
    return LabelledWords(asked.alphabet, tuple(dict.fromkeys(words)), {ACCEPT: asked.labels(words)})


def _parting(automaton: Any, formula: Any) -> dict[Any, bool]:
    """The labels of a shortest word on which a formula differs from a regular language; none if none is known."""
    if automaton is None:
        return {}
    from crasp.learning.asked_words import automaton_language
    from crasp.learning.program_text import program_text

    word = _compared(program_text(automaton.alphabet, formula), automaton).word
    return {} if word is None else automaton_language(automaton).labels([word])


def _compared(text: str, automaton: Any) -> Any:
    from crasp.errors import Source
    from crasp.regular.equivalence import compare_language
    from crasp.text.loader import read_program

    until = monotonic() + COMPARED_SECONDS
    return compare_language(read_program(Source("the program", text)), automaton, until=until)


def _automaton_road(given: Any, automaton: Any, fragments: Any, seconds: float) -> Any:
    """What an automaton says of labels of whole words; None where there is none."""
    from crasp.learning.labelled_prefixes import ACCEPT
    from crasp.learning.regular_road.automaton_road import follow_automaton

    if ACCEPT not in given.labels:
        return None
    limit = max(LEAST_SECONDS / 2, ROAD_SHARE * seconds)
    return follow_automaton(
        given.alphabet, given.labels[ACCEPT], automaton, fragments, seconds=min(ROAD_SECONDS, limit), told=_told
    )


def _print_none(road: Any, *, as_json: bool) -> None:
    """That no program defines a regular language that was given, and why; Exit(1)."""
    from crasp.learning.report import record_of

    certificate = {"certificate": dict(road.verdict.certificates), "automaton": road.record()}
    print_json(record_of(None, 0.0) | certificate) if as_json else print(f"No program: {road.verdict.because}")
    raise typer.Exit(1)


def _print(found: Any, out: Path | None, seconds: float, automaton: Any, road: Any, *, as_json: bool) -> None:
    """The program with what is claimed of it; Exit(1) where there is none."""
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
    if found.by_automaton:
        heading.append(f"// it is the decider's program of {road.automaton_in_words}")
    text = "\n".join([*heading, found.text])
    if out is not None:
        replace_text(out, text)
        print(f"wrote {out}", file=sys.stderr)
    if as_json:
        print_json(record_of(found, seconds, text, equivalent=equivalent) | beside)
    elif out is None:
        print(text, end="")
