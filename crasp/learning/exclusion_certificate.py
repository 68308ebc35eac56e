"""Certificates of the sizes that a search excluded. They are checked by enumerating again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from crasp.learning.compared_prefixes import PackedBits, PointWord, pack, points_of
from crasp.learning.enumeration import MOST_BYTES, Enumeration, GrowthLimits, SizeLevel, Sought
from crasp.learning.grammar import Grammar, grammar_of_record
from crasp.learning.labelled_prefixes import MOST_LETTERS
from crasp.learning.output_search import MOST_NODES, LabelTable, Learnt
from crasp.learning.value_classes import RowNumbers
from tasks.ground.automata.tokens import LanguageError, checked_alphabet
from tasks.ground.console import RefusedError
from tasks.ground.files import read_bytes
from tasks.ground.json_text import RepeatedKeyError, read_json_text

HASH_BITS = 128  # two independent hashes of 64 bits
MOST_CANDIDATES = 500_000_000  # the most candidates of one size in a certificate
MOST_SAMPLE_LETTERS = 1_000_000  # the most letters of all words together
LARGEST_CERTIFICATE_BYTES = 64 * 1024 * 1024


class CountedLevel(TypedDict):
    """How many classes of values and how many candidates a size has."""

    size: int
    classes: int
    candidates: int


class ExclusionCertificate(TypedDict):
    """A certificate, as JSON data, that no formula of G up to size `excluded` agrees with the labels.

    It has the bounds of the grammar, the words, their labels, and the numbers that each size gave.
    """

    output: str
    alphabet: list[str]
    grammar: dict[str, Any]
    excluded: int
    points: int
    hash_bits: int
    levels: list[CountedLevel]
    words: list[list[int]]
    labels: list[list[list[int] | bool]]  # pairs of a word and its label


def exclusion_certificate(
    output: str, learnt: Learnt, grammar: Grammar, alphabet: tuple[str, ...], labels: Mapping[PointWord, bool]
) -> ExclusionCertificate:
    """The certificate of the sizes that a search for an output excluded.

    Args:
        output: The name of the output.
        learnt: What the search found.
        grammar: The grammar that was searched.
        alphabet: The tokens.
        labels: The labels of the output.
    """
    prefixes = points_of(alphabet, learnt.sample).words
    return {
        "output": output,
        "alphabet": list(alphabet),
        "grammar": grammar.record(),
        "excluded": learnt.excluded,
        "points": learnt.points,
        "hash_bits": HASH_BITS,
        "levels": [
            {"size": level.size, "classes": level.classes, "candidates": level.candidates}
            for level in learnt.levels
            if level.size <= learnt.excluded
        ],
        "words": [list(word) for word in learnt.sample],
        "labels": [[list(word), labels[word]] for word in prefixes if word in labels],
    }


@dataclass(frozen=True)
class _ExclusionClaim:
    """What a certificate claims; each field has been checked to be within its bounds."""

    output: str
    alphabet: tuple[str, ...]
    grammar: Grammar
    excluded: int
    points: int
    levels: tuple[tuple[int, int], ...]  # (classes, candidates) of each size from 1
    words: tuple[PointWord, ...]
    labels: dict[PointWord, bool]


def check_certificates(file: str) -> list[str]:
    """A line for each certificate of the file that says what it shows, found by enumerating again.

    Raises:
        RefusedError: The file has no certificate, or a certificate does not show what it says.
        LoadError: The file cannot be read.
    """
    wrong = f"{file}: expected a certificate that `crasp learn --certificate` wrote"
    try:
        records = read_json_text(read_bytes(file, LARGEST_CERTIFICATE_BYTES))["certificates"]
        if not isinstance(records, list) or not records:
            raise RefusedError(f"{wrong}; found none")
        claims = [_claim_of(record) for record in records]
        return [_repeated(claim) for claim in claims]
    except RefusedError:
        raise
    except RepeatedKeyError as error:
        raise RefusedError(f"{file}: {error}") from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        detail = f": {error}" if type(error) in (ValueError, LanguageError) else ""
        raise RefusedError(f"{wrong}{detail}") from None
    except (ArithmeticError, MemoryError, RecursionError) as error:
        raise RefusedError(
            f"{file}: the search that it records cannot be repeated here: {type(error).__name__}"
        ) from None


def _need(held: bool, field: str, expected: str) -> None:
    if not held:
        raise ValueError(f'"{field}": expected {expected}')


def _number(value: Any, most: int, field: str) -> int:
    _need(type(value) is int and 0 <= value <= most, field, f"a number from 0 to {most:,}")
    return int(value)


def _claim_of(record: dict[str, Any]) -> _ExclusionClaim:
    alphabet = checked_alphabet(record["alphabet"], "alphabet")
    excluded = _number(record["excluded"], MOST_NODES, "excluded")
    levels = record["levels"]
    _need(isinstance(levels, list), "levels", "a list")
    _need([level["size"] for level in levels] == list(range(1, excluded + 1)), "levels", "each size that is excluded")
    counted = tuple(
        (
            _number(level["classes"], MOST_CANDIDATES, "classes"),
            _number(level["candidates"], MOST_CANDIDATES, "candidates"),
        )
        for level in levels
    )
    words = tuple(_word(word, alphabet) for word in record["words"])
    _need(sum(map(len, words)) <= MOST_SAMPLE_LETTERS, "words", f"at most {MOST_SAMPLE_LETTERS:,} letters in all")
    labels: dict[PointWord, bool] = {}
    for word, label in record["labels"]:
        _need(type(label) is bool, "labels", "true or false for each word")
        _need(labels.setdefault(_word(word, alphabet), label) is label, "labels", "one label for each word")
    _need(isinstance(record["output"], str), "output", "a name")
    _need(record["hash_bits"] == HASH_BITS, "hash_bits", str(HASH_BITS))
    points = _number(record["points"], MOST_SAMPLE_LETTERS + 1, "points")
    grammar = grammar_of_record(record["grammar"])
    return _ExclusionClaim(record["output"], alphabet, grammar, excluded, points, counted, words, labels)


def _word(word: Any, alphabet: tuple[str, ...]) -> PointWord:
    _need(isinstance(word, list) and len(word) <= MOST_LETTERS, "words", f"lists of at most {MOST_LETTERS:,} letters")
    return tuple(_number(letter, len(alphabet) - 1, "words") for letter in word)


def _repeated(claim: _ExclusionClaim) -> str:
    """What the claim shows, found by enumerating again; RefusedError if the enumeration gives something else."""
    output = claim.output
    if not claim.excluded:
        return f"{output}: it excludes no size"
    enumeration = Enumeration(points_of(claim.alphabet, claim.words), claim.grammar, seed=1)
    number = enumeration.points.number
    if number != claim.points:
        raise RefusedError(f"{output}: its words have {number:,} prefixes, not {claim.points:,} points")
    table = LabelTable.over(enumeration.points, claim.labels)
    if int(table.known.sum()) != len(claim.labels):
        raise RefusedError(f"{output}: a label is of a word that is not a prefix of its words")
    sought = Sought(pack(table.wanted), pack(table.known))
    met: list[int] = []

    def look(bits: PackedBits, _: RowNumbers) -> bool:
        met.extend(int(row) for rows in sought.agreeing(bits) for row in rows[:1])
        return bool(met)

    for classes, candidates in claim.levels:
        grown = enumeration.grow(GrowthLimits(candidates=candidates), look)
        if met:
            raise RefusedError(f"{output}: a formula of size {grown.size} agrees with the labels")
        for found, said, name in ((grown.candidates, candidates, "candidates"), (grown.classes, classes, "classes")):
            if found != said:
                raise RefusedError(f"{output}: size {grown.size} has {_found(grown, found)} {name}, not {said:,}")
        if not grown.finished:
            raise RefusedError(
                f"{output}: size {grown.size} needs more memory than the {MOST_BYTES:,} bytes allowed here"
            )
    if enumeration.hashes.clashes:
        raise RefusedError(f"{output}: two different classes have the same hash, by chance: nothing is shown")
    return (
        f"{output}: no {claim.grammar.fragment} formula of size <= {claim.excluded} in G ({claim.grammar.in_words}) "
        f"agrees with {len(claim.labels):,} labels; {len(enumeration.values):,} classes at {number:,} points"
    )


def _found(grown: SizeLevel, number: int) -> str:
    return f"{number:,}" if grown.finished else f"{number:,} or more"
