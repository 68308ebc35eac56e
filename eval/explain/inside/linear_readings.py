"""Which definitions of a program can be read linearly from which layer's stream, fitted and scored on different words.

Each layer has one ridge regression for all definitions, and for the same values taken from other words at the same
positions. What is read of the latter is determined by the positions alone. A Boolean is read by a threshold on the
fitted number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crasp.meaning.interpreter import Words, trace
from crasp.meaning.ir import Count, LocalCount, Program
from eval.answering.membership import Flags
from eval.explain.inside.evidence import LinearReading, ReadingForm
from limit_transformer.reading.position_dependence import Doubles

RIDGE = 1e-3  # the ridge penalty for each row, with features of variance 1
LEAST_ROWS = 8  # the fewest positions at which a Boolean is true, and at which it is false, in either half of the words
LONGEST_NAME_LETTERS = 60
FLAT_SHARE = 1e-9  # a feature whose deviation is a smaller share of its largest number varies by rounding alone


@dataclass(frozen=True)
class ReadTarget:
    """What is to be read: a definition's values in one form, (words, positions)."""

    definition: str
    line: int
    form: ReadingForm
    values: Doubles


@dataclass(frozen=True)
class ProbedWords:
    """The words on which definitions are read: which positions count, and which words the regression is fitted on."""

    inside: Flags  # (words, positions)
    fitted: Flags  # (words,)
    seed: int


def read_targets(
    program: Program, words: Words, most: int, text: str | None = None
) -> tuple[tuple[ReadTarget, ...], int]:
    """The targets of a program's definitions, and how many definitions were left out because there are too many.

    If two definitions have the same line, only the first is kept. A count is read in two forms: as it is, and divided
    by the number of tokens read. Attention gives such shares, and the count itself only if it is bounded.

    Args:
        program: The program.
        words: The words, as numbers of the program's letters.
        most: The greatest number of definitions.
        text: The program's text; with it, counts without a name are read too, and are called as they are written.
    """
    named: dict[int, str] = {}
    for definition in program.definitions:
        named.setdefault(definition.line, definition.display)
    named |= _unnamed_counts(program, named, [] if text is None else text.splitlines())
    values, tokens = trace(program, words).lines, np.arange(1, words.tokens.shape[1] + 2)
    found = []
    for line, name in list(named.items())[:most]:
        own = values[line].astype(np.float64)
        forms: dict[ReadingForm, Doubles] = (
            {"boolean": own}
            if program.lines[line].kind == "boolean"
            else {"count per token": own / tokens, "count": own}
        )
        found += [ReadTarget(name, line, form, each) for form, each in forms.items()]
    return tuple(found), max(0, len(named) - most)


def _unnamed_counts(program: Program, named: Mapping[int, str], text: Sequence[str]) -> dict[int, str]:
    """The counts that are no definitions, each with its text as its name.

    Several counts with the same text, as the members of a family have, are numbered.
    """
    found: dict[int, str] = {}
    for number, line in enumerate(program.lines):
        span = line.span
        one_line = span.line == span.end_line and 0 < span.line <= len(text)
        if number in named or not one_line or not isinstance(line.operation, Count | LocalCount):
            continue
        written = text[span.line - 1][span.column - 1 : span.end_column - 1]
        if len(written) > LONGEST_NAME_LETTERS:
            written = f"{written[: LONGEST_NAME_LETTERS - 3]}..."
        others = sum(name.startswith(written) for name in found.values())
        found[number] = f"{written} ({others + 1})" if others else written
    return found


def linear_readings(
    targets: Sequence[ReadTarget],
    streams: Sequence[Doubles],
    untrained: Sequence[Doubles] | None,
    probed: ProbedWords,
) -> tuple[tuple[LinearReading, ...], tuple[str, ...]]:
    """How well each definition is read from each stream, and the names of the definitions that vary too little.

    Args:
        targets: What is to be read.
        streams: The residual stream after each layer, the embedding first, each (words, positions, width).
        untrained: The streams of a model with random weights, if there is one.
        probed: Which positions count, and which words are fitted on.
    """
    kept = [each for each in targets if _differs(each, probed)]
    names = dict.fromkeys(each.definition for each in targets)
    constant = tuple(name for name in names if all(each.definition != name for each in kept))
    if not kept:
        return (), constant
    values = np.stack([each.values for each in kept], axis=-1)
    both = np.concatenate([values, _of_other_words(values, probed)], axis=-1)
    booleans = np.array([each.form == "boolean" for each in kept] * 2)
    scores = np.array([_scores(stream, both, booleans, probed) for stream in streams]).T  # (targets, layers)
    bare = None
    if untrained is not None:
        bare = np.array([_scores(stream, values, booleans[: len(kept)], probed) for stream in untrained]).T
    found: dict[str, LinearReading] = {}
    for number, target in enumerate(kept):
        reading = LinearReading(
            target.definition,
            target.form,
            tuple(scores[number].tolist()),
            tuple(scores[number + len(kept)].tolist()),
            None if bare is None else tuple(bare[number].tolist()),
        )
        before = found.get(target.definition)
        if before is None or _better(reading, before):
            found[target.definition] = reading
    return tuple(found.values()), constant


def _better(one: LinearReading, other: LinearReading) -> bool:
    """Whether one form of a count is read from an earlier layer than the other, or as early with a better score."""
    first, second = (each.read_from if each.read_from is not None else len(each.scores) for each in (one, other))
    return first < second or (first == second and max(one.scores) > max(other.scores))


def _differs(target: ReadTarget, probed: ProbedWords) -> bool:
    """Whether the values vary enough in both halves of the words."""
    for half in (probed.fitted, ~probed.fitted):
        values = target.values[half][probed.inside[half]]
        if not len(values) or values.min() == values.max():
            return False
        if target.form == "boolean" and min(values.sum(), (1 - values).sum()) < LEAST_ROWS:
            return False
    return True


def _of_other_words(values: Doubles, probed: ProbedWords) -> Doubles:
    """The values at each position, permuted among the words that have this position."""
    rng, found = np.random.default_rng([probed.seed, 1]), values.copy()
    for place in range(values.shape[1]):
        rows = np.flatnonzero(probed.inside[:, place])
        found[rows, place] = values[rng.permutation(rows), place]
    return found


def _scores(stream: Doubles, values: Doubles, booleans: Flags, probed: ProbedWords) -> list[float]:
    """The score of each target on the words that are not fitted on; `values` is (words, positions, targets)."""
    learnt, measured = probed.inside & probed.fitted[:, None], probed.inside & ~probed.fitted[:, None]
    said, asked = ridge_readings(stream[learnt], values[learnt], stream[measured])
    wanted = values[learnt]
    truth, found = values[measured], []
    for number, boolean in enumerate(booleans):
        if boolean:
            threshold = _threshold(said[:, number], wanted[:, number] > 0.5)
            found.append(_balanced(asked[:, number] > threshold, truth[:, number] > 0.5))
        else:
            whole = float(((truth[:, number] - truth[:, number].mean()) ** 2).sum())
            error = float(((asked[:, number] - truth[:, number]) ** 2).sum())
            found.append(max(0.0, 1 - error / whole) if whole else 0.0)
    return found


def ridge_readings(features: Doubles, wanted: Doubles, others: Doubles) -> tuple[Doubles, Doubles]:
    """What a ridge regression predicts for the rows that it is fitted on and for other rows, both (rows, targets).

    Features are scaled to mean 0 and variance 1 over the fitted rows; constant features are left out.

    Args:
        features: The features of the rows that are fitted on, (rows, features).
        wanted: Their targets, (rows, targets).
        others: The features of other rows, (other rows, features).
    """
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    flat = deviation <= FLAT_SHARE * np.abs(features).max(axis=0, initial=0.0)
    scale = np.where(flat, 0.0, 1 / np.where(flat, 1.0, deviation))
    x, level = (features - mean) * scale, wanted.mean(axis=0)
    products = x.T @ x + RIDGE * len(x) * np.eye(x.shape[1])
    weights = np.linalg.solve(products, x.T @ (wanted - level))
    return x @ weights + level, (others - mean) * scale @ weights + level


def _threshold(said: Doubles, truth: Flags) -> float:
    """The threshold with the greatest balanced accuracy, halfway between two of the numbers."""
    order = np.argsort(said, kind="stable")
    numbers, held = said[order], truth[order]
    below = np.cumsum(~held) / max(1, int((~held).sum())) - np.cumsum(held) / max(1, int(held.sum()))
    best = int(below[:-1].argmax()) if len(below) > 1 else 0
    return float((numbers[best] + numbers[min(best + 1, len(numbers) - 1)]) / 2)


def _balanced(said: Flags, truth: Flags) -> float:
    """The balanced accuracy: the mean of the accuracies on true and on false values; one half for a single class."""
    if truth.all() or not truth.any():
        return 0.5
    return float((said[truth].mean() + (~said[~truth]).mean()) / 2)
