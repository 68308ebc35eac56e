"""Certificates of what is excluded: repeated, and refused wherever they say something else."""

import json
from copy import deepcopy
from itertools import product

import pytest

from crasp.learning import exclusion_certificate as claims
from crasp.learning.exclusion_certificate import check_certificates, exclusion_certificate
from crasp.learning.grammar import Grammar
from crasp.learning.output_search import LabelTable, search
from tasks.ground.console import RefusedError


def written_certificate() -> dict:
    labels = {word: word.count(0) > word.count(1) for n in range(6) for word in product((0, 1), repeat=n)}
    learnt = search(LabelTable.of(("a", "b"), labels), Grammar(), until=float("inf"))
    return exclusion_certificate("accept", learnt, Grammar(), ("a", "b"), labels)


@pytest.fixture(scope="module")
def honest() -> dict:
    return written_certificate()


def checked(tmp_path, *records: dict) -> list[str]:
    file = tmp_path / "c.json"
    file.write_text(json.dumps({"certificates": records}))
    return check_certificates(str(file))


def changed(record: dict, *path, value) -> dict:
    found = deepcopy(record)
    inner = found
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return found


def test_an_honest_certificate_is_repeated(tmp_path, honest) -> None:
    (line,) = checked(tmp_path, honest)
    assert line.startswith("accept: no plain formula of size <= 4")


def test_a_certificate_of_a_program_of_one_node_excludes_nothing(tmp_path, honest) -> None:
    assert checked(tmp_path, honest | {"excluded": 0, "levels": []}) == ["accept: it excludes no size"]


def test_a_file_without_certificates_shows_nothing(tmp_path) -> None:
    with pytest.raises(RefusedError, match="found none"):
        checked(tmp_path)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("excluded",), 2, "each size"),
        (("excluded",), 10**30, '"excluded"'),
        (("excluded",), True, '"excluded"'),
        (("levels",), [], "each size"),
        (("levels", 2, "classes"), 9, "classes, not 9"),
        (("levels", 2, "candidates"), 3, "or more candidates, not 3"),
        (("levels", 2, "candidates"), 4_000, "candidates, not 4,000"),
        (("levels", 2, "candidates"), 10**12, '"candidates"'),
        (("points",), 7, "not 7 points"),
        (("hash_bits",), 64, '"hash_bits"'),
        (("words",), [], "points"),
        (("words",), [[0] * 3_000], "at most 2,000 letters"),
        (("words", 3), [2], '"words"'),
        (("words", 3), [-1], '"words"'),
        (("labels",), [], "a formula of size 1 agrees"),
        (("labels", 0, 1), 1, '"labels"'),
        (("labels", 0, 0), [0] * 40, "not a prefix of its words"),
        (("alphabet",), [], "certificate"),
        (("alphabet",), ["a", "a"], "given twice"),
        (("grammar", "coefficients"), 10**9, "coefficients"),
        (("grammar", "counts"), 4, "counts"),
        (("grammar", "moduli"), [0], "moduli"),
        (("grammar", "windows"), ["a"], "windows"),
        (("grammar",), {}, "bounds"),
        (("output",), None, '"output"'),
    ],
)
def test_what_says_something_else_is_refused(tmp_path, honest, path, value, said) -> None:
    with pytest.raises(RefusedError, match=said):
        checked(tmp_path, changed(honest, *path, value=value))


@pytest.mark.parametrize("error", [MemoryError, RecursionError, OverflowError])
def test_what_cannot_be_repeated_is_refused(tmp_path, honest, monkeypatch, error) -> None:
    def fail(*_) -> None:
        raise error

    monkeypatch.setattr(claims, "points_of", fail)
    with pytest.raises(RefusedError, match="cannot be repeated here"):
        checked(tmp_path, honest)
