"""In compiled GPT-2s it is known what each head does and which layer has each definition: that is what must be seen."""

from functools import cache

import numpy as np
import pytest

from crasp.errors import Source
from crasp.meaning.interpreter import Words
from crasp.meaning.ir import Program
from crasp.text.loader import load_program, read_program
from eval.explain.inside.compiled_twin import CompiledTwin, compiled_twin
from eval.explain.inside.evidence import LinearReading
from eval.explain.inside.head_patterns import head_patterns
from eval.explain.inside.linear_readings import RIDGE, ProbedWords, linear_readings, read_targets, ridge_readings
from eval.explain.inside.model_streams import Gpt2Source, NothingInsideError, token_rows
from tests.limit_transformer.gpt2.small_programs import small_program

LETTERS = 30


def random_words(letters: int, number: int = 40) -> Words:
    rng = np.random.default_rng(letters)
    lengths = rng.integers(20, LETTERS + 1, number)
    tokens = rng.integers(0, letters, (number, LETTERS))
    return Words(np.where(np.arange(LETTERS) < lengths[:, None], tokens, -1), lengths)


def labels(twin: CompiledTwin, words: Words) -> list[list[tuple[str, float]]]:
    """The labels and shares of the heads that write something, layer by layer."""
    run = twin.looked.source.run(token_rows(twin.looked, words.tokens), None)
    fitted = np.arange(len(words.lengths)) % 2 == 0
    return [
        [(h.label, h.share) for h in head_patterns(a, words, layer=k, fitted=fitted, idle=idle) if not h.idle]
        for k, (a, idle) in enumerate(zip(run.attention, run.idle, strict=True), 1)
    ]


LIBRARY = ("aa_star", "abab_star", "tomita4", "tomita7", "dyck1", "anbncn", "binary_majority_interleave", "d_12")


@pytest.mark.parametrize("name", LIBRARY)
def test_a_compiled_head_is_labelled_as_what_the_compiler_made_it(name: str) -> None:
    program = load_program(f"lib:{name}")
    twin = compiled_twin(program, LETTERS)
    found = labels(twin, random_words(len(program.alphabet)))
    assert [[label for label, _ in layer] for layer in found] == [list(layer) for layer in twin.heads]
    assert all(share > 0.998 for layer in found for _, share in layer)


def test_the_library_has_heads_of_each_kind_that_the_compiler_makes() -> None:
    made = {head for name in LIBRARY for layer in compiled_twin(load_program(f"lib:{name}"), 5).heads for head in layer}
    assert made == {"uniform", "begin token", "previous token", "lag 2"}


@pytest.mark.parametrize("seed", [1, 3, 7, 16, 18, 20, 30, 31, 40, 52])
def test_heads_of_random_programs_are_labelled_as_the_compiler_made_them(seed: int) -> None:
    program = small_program(seed)
    twin = compiled_twin(program, LETTERS)
    found = labels(twin, random_words(len(program.alphabet), 12))
    assert any(twin.heads)
    assert [[label for label, _ in layer] for layer in found] == [list(layer) for layer in twin.heads]


# `late` counts where a comparison of counts held: three layers, and nothing that letters or positions tell.
DEEP = """alphabet a b c
a(i) := #[j <= i] Q_a(j)
b(i) := #[j <= i] Q_b(j)
more(i) := a(i) > b(i)
led(i) := #[j <= i] (more(j) and Q_c(j))
late(i) := 3 * led(i) > a(i)
lately(i) := #[j <= i] late(j)
before(i) := #[j <= i, j = i - 1] Q_a(j) = 1
odd(i) := i % 2 = 1
accept(i) := 2 * lately(i) > b(i)
"""


@cache
def deep_program() -> Program:
    return read_program(Source("deep", DEEP))


@cache
def readings_of(which: str) -> tuple[dict[str, LinearReading], CompiledTwin]:
    """What is read of the deep program in its compiled GPT-2, or in one of that shape and random weights."""
    twin = compiled_twin(deep_program(), LETTERS, keep_lines=True)
    words = random_words(3, 120)
    targets, left_out = read_targets(deep_program(), words, 20)
    assert left_out == 0
    source = twin.looked.source if which == "compiled" else twin.looked.source.untrained(7)
    ids = token_rows(twin.looked, words.tokens)
    inside = np.arange(LETTERS + 1) <= words.lengths[:, None]
    probed = ProbedWords(inside, np.arange(120) % 2 == 0, 0)
    bare = twin.looked.source.untrained(0).run(ids, None).streams
    found, constant = linear_readings(targets, source.run(ids, None).streams, bare, probed)
    assert constant == ()
    return {each.definition: each for each in found}, twin


def computed(twin: CompiledTwin, name: str) -> int:
    return twin.computed[next(each.line for each in deep_program().definitions if each.display == name)]


def test_a_definition_is_read_from_the_layer_where_the_compiler_has_it() -> None:
    found, twin = readings_of("compiled")
    assert set(found) == {each.display for each in deep_program().definitions}
    for name, reading in found.items():
        layer = computed(twin, name)
        assert min(reading.scores[layer:]) > 0.995, name
        if name != "odd":  # which positions tell
            assert reading.read_from is not None, name
            assert reading.read_from <= layer, name
    assert (found["odd"].read_from, max(found["odd"].shuffled)) == (None, 1.0)


@pytest.mark.parametrize("name", ["before", "led", "lately", "accept"])
def test_it_is_not_read_before(name: str) -> None:
    found, twin = readings_of("compiled")
    reading = found[name]
    first = computed(twin, name)
    assert first >= 1
    assert reading.read_from == first
    assert max(reading.scores[:first]) < 0.93, "what a definition shares with others is not the definition"
    assert reading.scores[0] < reading.shuffled[0] + 0.1, "nothing has been attended to yet"


def test_a_model_of_random_weights_has_no_more_of_deep_definitions_than_its_control() -> None:
    found, _ = readings_of("untrained")
    for name in ("before", "led", "lately", "accept"):
        reading = found[name]
        assert reading.read_from is None, name
        assert reading.untrained is not None
        assert max(reading.scores) < max(reading.untrained) + 0.1, name
        assert max(reading.scores) < 0.93, name


def test_values_of_other_words_are_not_read() -> None:
    found, _ = readings_of("compiled")
    for name, reading in found.items():
        if name != "odd":
            assert max(reading.shuffled) < 0.8, name


def test_noise_is_not_read_however_wide_it_is() -> None:
    words = random_words(3, 20)
    targets, _ = read_targets(deep_program(), words, 20)
    noise = np.random.default_rng(0).normal(size=(20, LETTERS + 1, 300))
    probed = ProbedWords(np.arange(LETTERS + 1) <= words.lengths[:, None], np.arange(20) % 2 == 0, 0)
    found, _ = linear_readings(targets, [noise], None, probed)
    assert len(found) > 5
    for reading in found:
        assert reading.untrained is None
        assert reading.scores[0] < (0.65 if reading.form == "boolean" else 0.05), reading.definition


def test_the_ridge_regression_is_that_of_scikit_learn() -> None:
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(1)
    features, wanted = rng.normal(5, [1, 3, 0.1], (50, 3)), rng.normal(size=(50, 2))
    features[:, 2] = features[:, 0] + 1e-3 * features[:, 2]
    scaled = (features - features[:30].mean(axis=0)) / features[:30].std(axis=0)
    fit = Ridge(alpha=RIDGE * 30).fit(scaled[:30], wanted[:30])
    for rows, found in zip(
        (scaled[:30], scaled[30:]), ridge_readings(features[:30], wanted[:30], features[30:]), strict=True
    ):
        np.testing.assert_allclose(found, fit.predict(rows), atol=1e-8)


def test_counts_without_a_name_are_called_as_they_are_written() -> None:
    text = """alphabet a b c
n(i) := #[j <= i] Q_a(j)
more[s](i) := n(i) > #[j <= i] Q[s](j)  for s in {b, c}
accept(i) := #[j <= i] (more[b](j) and more[c](j) and Q_a(j) and #[k <= j, k = j - 1] Q_a(k) = 1) > 3
"""
    program, words = read_program(Source("counts", text)), random_words(3, 8)
    names = dict.fromkeys(each.definition for each in read_targets(program, words, 20, text)[0])
    assert list(names) == [
        "n",
        "more[b]",
        "more[c]",
        "accept",
        "#[j <= i] Q[s](j)",
        "#[j <= i] Q[s](j) (2)",
        "#[k <= j, k = j - 1] Q_a(k)",
        "#[j <= i] (more[b](j) and more[c](j) and Q_a(j) and #[k <...",
    ]
    assert read_targets(program, words, 3, text)[1] == 5, "left out"
    assert not any(each.definition.startswith("#") for each in read_targets(program, words, 20)[0])


def test_a_wide_program_is_not_compiled() -> None:
    with pytest.raises(NothingInsideError, match="columns wide; one of at most 256"):
        compiled_twin(load_program("lib:majority"), LETTERS)


def test_heads_that_write_nothing_are_idle() -> None:
    twin = compiled_twin(load_program("lib:tomita4"), LETTERS)
    source = twin.looked.source
    assert isinstance(source, Gpt2Source)
    run = source.run(token_rows(twin.looked, random_words(2).tokens), None)
    assert [[bool(each) for each in idle] for idle in run.idle if idle is not None] == [
        [False] * 3,
        [False, True, True],
    ]
