"""What is claimed of a learnt program, as a certificate that can be checked by doing the exclusion again."""

import json
from collections.abc import Mapping
from typing import Any

from crasp.learning.enumeration import Enumeration, GrowthLimits, Sought
from crasp.learning.grammar import Grammar, grammar_of_record
from crasp.learning.loop import LabelTable, Learnt
from crasp.learning.points import PackedBits, PointWord, pack, points_of
from crasp.learning.values import RowNumbers
from tasks.ground.console import RefusedError
from tasks.ground.files import read_bytes

HASH_BITS = 128  # bits, two independent hashes of 64
LARGEST_CERTIFICATE_BYTES = 64 * 1024 * 1024


def certificate_of(
    output: str, learnt: Learnt, grammar: Grammar, alphabet: tuple[str, ...], labels: Mapping[PointWord, bool]
) -> dict[str, Any]:
    """What shows that no smaller formula agrees: the bounds, the words, their labels, and what each size gave."""
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


def check_certificates(file: str) -> list[str]:
    """What each certificate of the file shows, a line each, found by doing it again.

    Raises:
        RefusedError: It is no certificate, or it does not show what it says.
        LoadError: The file cannot be read.
    """
    try:
        records = json.loads(read_bytes(file, LARGEST_CERTIFICATE_BYTES))["certificates"]
        return [_checked(record) for record in records]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        if isinstance(error, RefusedError):
            raise
        raise RefusedError(f"{file}: expected a certificate that `crasp learn --certificate` wrote") from None


def _checked(record: dict[str, Any]) -> str:
    grammar, alphabet, excluded = grammar_of_record(record["grammar"]), tuple(record["alphabet"]), record["excluded"]
    labels = {tuple(word): bool(label) for word, label in record["labels"]}
    enumeration = Enumeration(points_of(alphabet, [tuple(word) for word in record["words"]]), grammar, seed=1)
    table = LabelTable.over(enumeration.points, labels)
    sought = Sought(pack(table.wanted), pack(table.known))
    met: list[int] = []

    def look(bits: PackedBits, _: RowNumbers) -> bool:
        met.extend(int(row) for rows in sought.agreeing(bits) for row in rows[:1])
        return bool(met)

    for level in record["levels"]:
        grown = enumeration.grow(GrowthLimits(), look)
        if met:
            raise RefusedError(f"{record['output']}: a formula of size {grown.size} agrees with the labels")
        if grown.classes != level["classes"]:
            raise RefusedError(
                f"{record['output']}: size {grown.size} has {grown.classes} classes, not {level['classes']}"
            )
    if enumeration.complete_to != excluded or enumeration.hashes.clashes:
        raise RefusedError(f"{record['output']}: sizes to {enumeration.complete_to} are excluded, not to {excluded}")
    return (
        f"{record['output']}: no {grammar.fragment} formula of size <= {excluded} in G ({grammar.in_words}) agrees "
        f"with {len(labels)} labels; {len(enumeration.values):,} classes at {enumeration.points.number} points"
    )
