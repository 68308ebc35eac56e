"""Evidence from inside a model and from inside the compiled GPT-2 of a program: heads, positions, definitions."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from crasp.meaning.ir import Program
from crasp.meaning.words import renumbered
from eval.answering.answerers import Answerer
from eval.explain.inside.compiled_twin import compiled_twin
from eval.explain.inside.evidence import InsideEvidence, InsideModel
from eval.explain.inside.head_patterns import head_patterns
from eval.explain.inside.linear_readings import ProbedWords, ReadTarget, linear_readings, read_targets
from eval.explain.inside.model_streams import (
    LookedInto,
    NothingInsideError,
    drawn_places,
    looked_into,
    token_rows,
    words_that_fit,
)
from eval.explain.inside.position_spectrum import position_spectrum
from eval.explain.word_walks import some_of

MOST_WORDS = 64
LEAST_WORDS = 8  # fewer words are too few for a fit on one half and a score on the other
MOST_DEFINITIONS = 24


def look_inside(
    answerer: Answerer,
    alphabet: tuple[str, ...],
    words: Words,
    program: Program | None,
    *,
    called: str = "the program that was found",
    text: str | None = None,
    seed: int = 0,
) -> InsideEvidence:
    """What is seen inside a model and inside the compiled GPT-2 of a program.

    Args:
        answerer: The model.
        alphabet: The letters of the words.
        words: Real words; the first MOST_WORDS are looked at, and fewer if the model is large.
        program: The program whose definitions are read; one over another alphabet is ignored.
        called: What the program is called in the report.
        text: The program's text, by which counts without a name are called.
        seed: Another seed splits the words in another way.
    """
    started = time.process_time()
    words = some_of(words, MOST_WORDS)
    if program is not None and set(program.alphabet) != set(alphabet):
        program = None
    targets: tuple[ReadTarget, ...] = ()
    unread = 0
    if program is not None and len(words.lengths) >= LEAST_WORDS:
        targets, unread = read_targets(program, renumbered(words, alphabet, program.alphabet), MOST_DEFINITIONS, text)
    lengths = (
        (int(words.lengths.min(initial=10**9)), int(words.lengths.max(initial=0))) if len(words.lengths) else (0, 0)
    )
    return InsideEvidence(
        words=len(words.lengths),
        lengths=lengths,
        program=None if program is None else called,
        unread=unread,
        model=_model(answerer, alphabet, words, targets, seed),
        compiled=_compiled(program, alphabet, words, targets, seed),
        cpu_seconds=time.process_time() - started,
    )


def _model(
    answerer: Answerer, alphabet: tuple[str, ...], words: Words, targets: Sequence[ReadTarget], seed: int
) -> InsideModel | str:
    try:
        return _looked_at(looked_into(answerer, alphabet), words, targets, seed)
    except NothingInsideError as error:
        return str(error)


def _compiled(
    program: Program | None, alphabet: tuple[str, ...], words: Words, targets: Sequence[ReadTarget], seed: int
) -> InsideModel | str:
    if program is None:
        return "There is no program to compile."
    try:
        twin = compiled_twin(program, int(words.lengths.max(initial=0)))
        found = _looked_at(twin.looked, renumbered(words, alphabet, program.alphabet), targets, seed)
    except NothingInsideError as error:
        return str(error)
    lines = {each.definition: each.line for each in targets}
    readings = tuple(replace(each, computed=twin.computed.get(lines[each.definition])) for each in found.readings)
    return replace(found, readings=readings)


def _looked_at(looked: LookedInto, words: Words, targets: Sequence[ReadTarget], seed: int) -> InsideModel:
    """What is seen inside one model; NothingInsideError if there are too few words or the model gives no weights."""
    if len(words.lengths) < LEAST_WORDS:
        raise NothingInsideError(f"There are {len(words.lengths)} different words, fewer than {LEAST_WORDS}.")
    source = looked.source
    number = min(len(words.lengths), max(LEAST_WORDS, words_that_fit(source, words.tokens.shape[1] + 1)))
    words = Words(words.tokens[:number], words.lengths[:number])
    ids = token_rows(looked, words.tokens)
    places = drawn_places(looked, ids.shape, seed)
    run, fitted = source.run(ids, places), _half(number, seed)
    heads = tuple(
        head
        for layer, (attention, idle) in enumerate(zip(run.attention, run.idle, strict=True), 1)
        for head in head_patterns(attention, words, layer=layer, fitted=fitted, idle=idle)
    )
    inside = np.arange(ids.shape[1]) <= words.lengths[:, None]
    chosen = [replace(each, values=each.values[:number]) for each in targets]
    untrained = source.untrained(seed).run(ids, places).streams if chosen else None
    readings, constant = linear_readings(chosen, run.streams, untrained, ProbedWords(inside, fitted, seed))
    rows = ids.shape[1] - 1 if places is None else 10**9
    return InsideModel(
        width=source.width,
        layers=source.layers,
        heads=heads,
        spectrum=position_spectrum(source.positions, rows),
        readings=readings,
        constant=constant,
    )


def _half(number: int, seed: int) -> NDArray[np.bool_]:
    """A random half of `number` words, as flags."""
    return np.asarray(np.random.default_rng([seed, 3]).permutation(number) < number // 2)
