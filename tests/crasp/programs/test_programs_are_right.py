"""Each program of the library does what it says: on all short words, against a definition of another kind."""

import itertools
import random
import re
from collections import Counter

import pytest

from crasp.meaning.interpreter import encode, run
from crasp.meaning.measures import measure
from crasp.text.formatter import format_text
from crasp.text.loader import load_program
from crasp.text.sources import library_names, load_source
from tests.crasp.programs.languages import END, LANGUAGES, all_words, continuations, nested

OPERANDS = {
    "bool3": {"0": 0, "1": 0, "u": 1, "v": 2, "t": 3},
    "bool5": {"0": 0, "1": 0, "u": 1, "v": 2, "t": 3, "q": 4, "p": 5},
}


def answers(name, words):
    """What the program says of each word: whether it is accepted, and what may follow each of its prefixes."""
    program = load_program(f"lib:{name}")
    outputs = run(program, encode(program.alphabet, words))
    tokens = [token for token, _ in program.next]
    follows = [
        tuple(
            frozenset(token for token, holds in zip(tokens, row[i], strict=True) if holds) for i in range(len(word) + 1)
        )
        for word, row in zip(words, outputs.next.tolist(), strict=True)
    ]
    return outputs.accept, follows


@pytest.mark.parametrize("name", LANGUAGES)
def test_program_accepts_the_members_and_allows_exactly_what_can_be_completed(name):
    language = LANGUAGES[name]
    words = list(all_words(language.alphabet, language.longest))
    expected = continuations(language)
    accept, follows = answers(name, words)
    for word, accepted, allowed in zip(words, accept.tolist(), follows, strict=True):
        assert accepted == (END in expected.get(word, ())), word
        assert allowed[-1] == expected.get(word, frozenset()), word


def test_d_12_draws_its_line_between_twelve_and_thirteen():
    rng = random.Random(12)
    words = [tuple("a" * k + "b" * k) for k in range(16)]
    for walk in range(60):  # walks that stay near the limit, half of them within it
        depth, letters = 0, []
        for _ in range(80):
            letters.append("a" if depth == 0 or (depth < 12 + walk % 2 and rng.random() < 0.75) else "b")
            depth += 1 if letters[-1] == "a" else -1
        words.append(tuple(letters) + ("b",) * depth)
    pattern = re.compile(nested(12))
    accept, follows = answers("d_12", words)
    assert set(accept[16:].tolist()) == {True, False}
    for word, accepted, allowed in zip(words, accept.tolist(), follows, strict=True):
        assert accepted == bool(pattern.fullmatch("".join(word)))
        for i in range(len(word) + 1):
            prefix = "".join(word[:i])
            legal = {t for t in "ab" if any(pattern.fullmatch(prefix + t + "b" * k) for k in range(13))}
            assert allowed[i] - {END} == legal


def cancelled(word, pair):
    """What is left of one kind of brackets when neighbours that match are taken out, again and again."""
    left = "".join(token for token in word if token in pair)
    while pair in left:
        left = left.replace(pair, "")
    return left


def test_shuffle2_is_right_about_each_kind_of_brackets():
    words = list(all_words(tuple("()[]"), 7))
    accept, follows = answers("shuffle2", words)
    for word, accepted, allowed in zip(words, accept.tolist(), follows, strict=True):
        left = {pair: cancelled(word, pair) for pair in ("()", "[]")}
        member = not any(left.values())
        live = not any(pair[1] in rest for pair, rest in left.items())
        closing = {pair[1] for pair, rest in left.items() if rest}
        assert accepted == member, word
        assert allowed[-1] == ({"(", "[", *closing, *([END] if member else [])} if live else set()), word


def end_of_expression(word, start, operands):
    """Where the expression that starts here ends; IndexError if the word ends before it does."""
    end = start + 1
    for _ in range(operands[word[start]]):
        end = end_of_expression(word, end, operands)
    return end


@pytest.mark.parametrize(("name", "longest"), [("bool3", 6), ("bool5", 5)])
def test_boolean_expressions_go_on_until_the_first_one_is_complete(name, longest):
    operands = OPERANDS[name]
    words = list(all_words(tuple(operands), longest))
    accept, follows = answers(name, words)
    for word, accepted, allowed in zip(words, accept.tolist(), follows, strict=True):
        try:
            complete, open_ = end_of_expression(word, 0, operands) == len(word), False
        except IndexError:
            complete, open_ = False, True
        assert accepted == complete, word
        assert allowed[-1] == (set(operands) if open_ else {END} if complete else set()), word


# --- tasks with an answer ------------------------------------------------------------------------------------


def majority(x):
    (first, most), *others = Counter(x).most_common(2)
    return None if others and others[0][1] == most else (first,)


def interleaved_majority(x):
    bits = [majority(x[start::3]) for start in range(3)]
    return None if None in bits else tuple(bit for (bit,) in bits)


def in_order(x):
    return tuple(sorted(x, key=int))


def steps(x):
    first, last = map(int, x)
    return tuple(str(number) for number in range(first, last + 1))


def de_bruijn(letters):
    """A word that has every bigram once: those of unlike letters a b as a b a ..., then a a."""
    word = []
    for k, a in enumerate(letters):
        word += [a] + [letter for b in letters[k + 1 :] for letter in (a, b)]
    return (*word, letters[0])


def samples(tokens, lengths, number, *, distinct):
    rng = random.Random("samples of tokens")
    for length in lengths:
        for _ in range(number):
            yield tuple(rng.sample(tokens, length) if distinct else rng.choices(tokens, k=length))


BITS = ("0", "1")
LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")
NUMBERS = tuple(map(str, range(150)))
DISTINCT = [
    (),
    *(tuple(x) for n in range(1, 5) for x in itertools.permutations(("0", "9", "10", "149"), n)),
    *samples(NUMBERS, (2, 20, 50, 100, 150), 4, distinct=True),
]
WITHOUT_REPEATED_BIGRAMS = [
    *(x for x in all_words(("0", "7", "15"), 6) if len(set(itertools.pairwise(x))) == max(0, len(x) - 1)),
    de_bruijn(NUMBERS[:16]),
    *(de_bruijn(NUMBERS[:16])[place : place + 150] for place in (1, 50, 100)),
]
PAIRS = [(str(a), str(b)) for a in (0, 1, 9, 10, 99, 148, 149) for b in range(a, 150, 7)] + [("149", "149")]
ANSWERS = {
    "binary_majority": (majority, [*all_words(BITS, 9), *samples(BITS, (50, 151), 20, distinct=False)]),
    "majority": (
        majority,
        [*all_words(("a", "m", "z"), 6), *samples(LETTERS, (10, 50, 100, 150), 30, distinct=False)],
    ),
    "binary_majority_interleave": (
        interleaved_majority,
        [
            *(x for n in (3, 6, 9) for x in itertools.product(BITS, repeat=n)),
            *samples(BITS, (12, 51, 150), 30, distinct=False),
        ],
    ),
    "sort": (in_order, DISTINCT),
    "copy_unique": (lambda x: x, DISTINCT),
    "copy_unique_ages": (lambda x: x, DISTINCT),
    "repeat_letter": (lambda x: x, [(letter,) * times for letter in "ab" for times in (*range(1, 30), 150)]),
    "unique_reverse": (lambda x: x[::-1], DISTINCT),
    "unique_bigram_copy": (lambda x: x, WITHOUT_REPEATED_BIGRAMS),
    "count": (steps, PAIRS),
}


EMPTY = ("sort", "copy_unique", "copy_unique_ages", "unique_reverse", "unique_bigram_copy")  # of which it has an answer


@pytest.mark.parametrize("name", ANSWERS)
def test_program_allows_the_right_answer_and_nothing_else(name):
    answer, inputs = ANSWERS[name]
    asked = [(x, answer(x)) for x in inputs if x or name in EMPTY]
    asked = [(x, y) for x, y in asked if y is not None]
    assert len(asked) > 30
    _, follows = answers(name, [(*x, "<sep>", *y) for x, y in asked])
    for (x, y), allowed in zip(asked, follows, strict=True):
        assert allowed[len(x) + 1 :] == tuple(frozenset({token}) for token in (*y, END)), x


def test_most_frequent_allows_the_letters_that_none_exceeds():
    words = list(all_words(("a", "b", "c"), 6))
    accept, follows = answers("most_frequent", words)
    assert accept is None
    for word, allowed in zip(words, follows, strict=True):
        assert allowed[-1] == {s for s in "abc" if word.count(s) == max(word.count(t) for t in "abc")}


# --- fragments -----------------------------------------------------------------------------------------------

EXTENDED = {
    "tomita4": "C-RASP[local]",
    "copy_unique": "C-RASP[local]",
    "unique_bigram_copy": "C-RASP[local]",
    "aa_star": "C-RASP[periodic]",
    "aaaa_star": "C-RASP[periodic]",
    "abab_star": "C-RASP[periodic]",
    "binary_majority_interleave": "C-RASP[periodic]",
}
DEPTHS = {
    **dict.fromkeys(["aa_star", "aaaa_star"], 0),
    **dict.fromkeys(["tomita1", "binary_majority", "majority", "sort", "most_frequent", "abab_star", "count"], 1),
    "unique_bigram_copy": 3,
    "tomita7": 4,
}


@pytest.mark.parametrize("name", library_names())
def test_program_is_in_the_fragment_that_the_theory_gives_and_says_so(name):
    measures = measure(load_program(f"lib:{name}"))
    assert measures.fragment == EXTENDED.get(name, "C-RASP")
    assert measures.depth == DEPTHS.get(name, 2)
    text = load_source(f"lib:{name}").text
    assert f"// Fragment: {measures.fragment}.\n" in text


@pytest.mark.parametrize("name", library_names())
def test_program_is_in_canonical_layout(name):
    source = load_source(f"lib:{name}")
    assert format_text(source) == source.text


def test_every_program_is_compared_with_something():
    assert set(library_names()) == {*LANGUAGES, *OPERANDS, *ANSWERS, "shuffle2", "most_frequent"}
