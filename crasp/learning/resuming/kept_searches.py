"""Keeps the state of each search in a file: the best formula, what is excluded, the words, and the size of the pool."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crasp.learning.compared_prefixes import PointWord
from crasp.learning.enumeration import SizeLevel
from crasp.learning.formula import Earlier, LetterIs, ResidueIs, SumComparison, parts_of
from crasp.learning.grammar import Grammar
from crasp.learning.labelled_prefixes import LabelledWords
from crasp.learning.output_search import POOL_SIZES, BrokenSearch, Learnt
from crasp.learning.resuming.formula_records import formula_of_record, record_of_formula
from tasks.ground.console import RefusedError
from tasks.ground.files import read_bytes, replace_text
from tasks.ground.json_text import RepeatedKeyError, read_json_text

LARGEST_KEPT_BYTES = 256 * 1024 * 1024


@dataclass
class KeptSearches:
    """The searches for one set of labels, by output and family: those that the file has, and those of this run."""

    file: Path
    stamp: Mapping[str, Any]
    searches: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def begun(self, output: str, grammar: Grammar) -> BrokenSearch | None:
        """Where the search for an output is to be continued; None if it is to begin."""
        record = self.searches.get((output, grammar.fragment))
        return None if record is None else _broken_search(record)

    def keep(self, output: str, grammar: Grammar, learnt: Learnt) -> None:
        """Remembers how far a search came, and writes all searches to the file."""
        if learnt.broken is not None:
            self.searches[output, grammar.fragment] = _record(learnt.broken)
            found = [{"output": o, "fragment": f, **record} for (o, f), record in self.searches.items()]
            replace_text(self.file, json.dumps({**self.stamp, "searches": found}) + "\n")


def kept_searches(file: Path, given: LabelledWords, settings: Mapping[str, Any]) -> KeptSearches:
    """The searches that the file has for these labels and settings; none if there is no such file.

    Args:
        file: The path of the file. Searches are written to it as they go on.
        given: The labels.
        settings: The settings that a search depends on, by name.

    Raises:
        RefusedError: The file holds something else, or searches with other labels or settings.
        LoadError: The file cannot be read.
    """
    stamp = {"labels": _digest(given), **settings}
    kept = KeptSearches(file, stamp)
    if not file.exists():
        return kept
    wrong = f"{file}: expected what `crasp learn --resume` wrote"
    try:
        record = read_json_text(read_bytes(str(file), LARGEST_KEPT_BYTES))
        searches = {(each["output"], each["fragment"]): each for each in record["searches"]}
        for each in searches.values():
            _broken_search(each)
    except RepeatedKeyError as error:
        raise RefusedError(f"{file}: {error}") from None
    except (ValueError, KeyError, TypeError, RecursionError, IndexError):
        raise RefusedError(wrong) from None
    for key, value in stamp.items():
        if record.get(key) != value:
            other = "other labels" if key == "labels" else f"{key} = {record.get(key)}, not {value}"
            raise RefusedError(f"{file}: its searches have {other}: name another file, or delete this one")
    try:
        for (output, _), each in searches.items():
            _check(_broken_search(each), len(given.alphabet), given.labels[output])
    except (ValueError, KeyError, TypeError):
        raise RefusedError(wrong) from None
    kept.searches = searches
    return kept


def _check(broken: BrokenSearch, letters: int, labels: Mapping[PointWord, bool]) -> None:
    """Raises ValueError or TypeError unless a search with these labels can have ended so."""
    words = (*broken.shown, *broken.sample, *broken.more)
    if not all(0 <= letter < letters for word in words for letter in word):
        raise ValueError("expected letters of the alphabet")
    if any(labels.get(word, label) != label for word, label in broken.more.items()):
        raise ValueError("expected labels that contradict none of those that are given")
    if [level.size for level in broken.levels] != list(range(1, len(broken.levels) + 1)):
        raise ValueError("expected the levels of all sizes from 1")
    if broken.excluded != len(broken.levels):
        raise ValueError("expected a level of each size that is excluded")
    for part in () if broken.best is None else parts_of(broken.best):
        match part:
            case LetterIs(number):
                known = 0 <= number < letters
            case ResidueIs(modulus, residue):
                known = 0 <= residue < modulus
            case Earlier(_, back):
                known = back >= 1
            case SumComparison(terms):
                known = all(count.window is None or count.window >= 0 for _, count in terms)
            case _:
                known = True
        if not known:
            raise ValueError("expected a formula over the alphabet")


def _digest(given: LabelledWords) -> str:
    labels = {output: sorted((list(w), label) for w, label in known.items()) for output, known in given.labels.items()}
    return hashlib.sha256(json.dumps([given.alphabet, labels]).encode()).hexdigest()


def _record(broken: BrokenSearch) -> dict[str, Any]:
    return {
        "best": None if broken.best is None else record_of_formula(broken.best),
        "excluded": broken.excluded,
        "levels": [[level.size, level.classes, level.candidates] for level in broken.levels],
        "shown": [list(word) for word in broken.shown],
        "points": broken.points,
        "sample": [list(word) for word in broken.sample],
        "more": [[list(word), label] for word, label in broken.more.items()],
        "pool": broken.pool,
    }


def _broken_search(record: Mapping[str, Any]) -> BrokenSearch:
    numbers = [record[key] for key in ("excluded", "points", "pool")]
    if not all(type(number) is int and number >= 0 for number in numbers) or record["pool"] > len(POOL_SIZES):
        raise ValueError("expected numbers")
    return BrokenSearch(
        best=None if record["best"] is None else formula_of_record(record["best"]),
        excluded=record["excluded"],
        levels=tuple(map(_level, record["levels"])),
        shown=tuple(map(_word, record["shown"])),
        points=record["points"],
        sample=tuple(map(_word, record["sample"])),
        more={_word(word): bool(label) for word, label in record["more"]},
        pool=record["pool"],
    )


def _level(record: Any) -> SizeLevel:
    size, classes, candidates = map(int, record)
    return SizeLevel(size, classes, candidates, finished=True, seconds=0.0)


def _word(letters: Any) -> PointWord:
    return tuple(int(letter) for letter in letters)
