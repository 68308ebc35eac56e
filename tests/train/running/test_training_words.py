"""A training on a set of words, and one that leaves words out: by the words themselves, and by a run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.board.fitted_runs import on_mixture
from tasks.drawing.randomness import generator
from tasks.registry import get_task
from tasks.words import Batch
from tests.train.small import FIRST, small
from train.ledger.ledger import Ledger
from train.model.config import ConfigError, TrainConfig, config_from_json, config_to_json
from train.model.left_out import LeftOutWords, read_left_out
from train.model.recommended import Choices, recommended
from train.running.batches import check_words, training_layout
from train.running.engine import Options, train_runs
from train.running.evaluation import held_out_layouts
from train.running.schedule import start
from train.running.training_words import TrainingWords, distinct_words, is_left_out, kept_words, task_of_words


def config_of(task: str, **choices: object) -> TrainConfig:
    return recommended(task, "nope", Choices(train_length=12, max_length=36, **choices))  # type: ignore[arg-type]


def words_of(task: str, batch: Batch) -> list[str]:
    vocabulary = get_task(task).vocabulary
    return ["".join(vocabulary[t] for t in row if not vocabulary[t].startswith("<")) for row in batch.tokens]


def test_a_set_has_so_many_different_words_and_every_step_draws_from_it() -> None:
    task, config = get_task("dyck1"), config_of("dyck1", distinct_words=50)
    whole = words_of("dyck1", distinct_words(task, config, 3))
    assert len(set(whole)) == len(whole) == 50
    assert whole == words_of("dyck1", distinct_words(task, config, 3))
    assert whole != words_of("dyck1", distinct_words(task, config, 4))
    words = TrainingWords(task, config)
    drawn = [words.draw(generator("t", str(k), (1, 12), 0), (1, 12), 400, seed=3) for k in range(2)]
    assert {word for batch in drawn for word in words_of("dyck1", batch)} == set(whole)
    fresh = task.sample(generator("t", "0", (1, 12), 0), (1, 12), 4)
    assert (drawn[0].tokens.dtype, drawn[0].targets.dtype) == (fresh.tokens.dtype, fresh.targets.dtype)
    counts = np.unique(words_of("dyck1", drawn[0]) + words_of("dyck1", drawn[1]), return_counts=True)[1]
    assert counts.max() < 40  # 16 times each on average


def test_a_language_with_fewer_words_has_all_of_them() -> None:
    assert len(distinct_words(get_task("aa_star"), config_of("aa_star", distinct_words=100), 0).lengths) == 6


def test_words_that_are_left_out_are_those_that_are_said() -> None:
    task = get_task("tomita1:recognition")
    batch = task.sample(generator("t", "some", (1, 20), 0), (1, 20), 2000)
    for text, wrong in (
        ("0 1", lambda word: "01" in word),
        ("1 1; 0 0", lambda word: "11" in word or "00" in word),
        ("length % 3 = 1", lambda word: len(word) % 3 == 1),
        ("run > 3", lambda word: "0000" in word or "1111" in word),
        ("run > 1", lambda word: "00" in word or "11" in word),
    ):
        found = is_left_out(task, batch, read_left_out(text))
        expected = [wrong(word) for word in words_of("tomita1:recognition", batch)]
        assert found.tolist() == expected
        assert 0 < sum(expected) < len(expected)
        config = config_of("tomita1:recognition", leave_out=text)
        kept = kept_words(task, config, generator("t", "kept", (1, 12), 0), (1, 12), 300)
        assert len(kept.lengths) == 300
        assert not is_left_out(task, kept, read_left_out(text)).any()
        held_out = held_out_layouts(task, config, 12)
        assert sum(len(layout.tokens[0]) for layout in held_out) == config.held_out_words


def test_with_neither_the_words_are_those_of_before_and_so_is_the_run_s_identity() -> None:
    config = small(FIRST, "nope")
    assert {"words", "distinct_words", "leave_out"}.isdisjoint(config_to_json(config))
    changed = replace(config, distinct_words=9, leave_out="length % 2 = 0")
    assert config_from_json(config_to_json(changed)) == changed
    layouts = [training_layout(FIRST, each, start(each, 0), 0) for each in (config, replace(config, distinct_words=9))]
    assert not np.array_equal(layouts[0].tokens, layouts[1].tokens)


@pytest.mark.parametrize("name", ["dyck1", "sort", "tomita1:recognition", "addition"])
def test_uniform_words_are_those_of_the_mixture_without_the_others(name: str) -> None:
    task = get_task(name)
    config = replace(small(task, "nope"), words="uniform")
    only = task_of_words(task, config)
    assert task_of_words(task, replace(config, words="mixture")) is task
    drawn = only.sample(generator(name, "uniform", (1, 8), 0), (1, 8), 400)
    again = only.sample(generator(name, "uniform", (1, 8), 0), (1, 8), 400)
    assert np.array_equal(drawn.tokens, again.tokens)
    assert drawn.strata is not None
    assert len(drawn.lengths) == 400
    assert not drawn.strata.any()
    mixed = task.sample(generator(name, "uniform", (1, 8), 0), (1, 8), 4000)
    assert mixed.strata is not None
    uniform = mixed.rows(np.flatnonzero(mixed.strata == 0))
    assert abs(float(drawn.lengths.mean()) - float(uniform.lengths.mean())) < 0.4
    assert len(only.sample(generator(name, "uniform", (1, 8), 0), (1, 8), 0).lengths) == 0


def test_a_task_that_draws_no_uniform_words_is_refused_instead_of_drawn_from_for_ever() -> None:
    task = get_task("dyck1")

    def sticky(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        batch = task.sample(rng, lengths, size)
        return replace(batch, strata=np.ones(len(batch.lengths), dtype=np.int8))

    only = task_of_words(replace(task, sample=sticky), replace(small(task, "nope"), words="uniform"))
    with pytest.raises(ConfigError, match=r"words: dyck1 draws no uniform words of 1-8 letters: expected mixture"):
        only.sample(generator("t", "none", (1, 8), 0), (1, 8), 4)
    with pytest.raises(ConfigError, match="draws no uniform words"):
        check_words(replace(task, sample=sticky), replace(config_of("dyck1"), words="uniform"))


def test_training_held_out_words_and_tests_are_uniform_where_that_is_asked(tmp_path: Path) -> None:
    task = get_task("dyck1")
    config = replace(small(task, "nope"), words="uniform", max_steps=2, cooldown_steps=1)
    assert config_from_json(config_to_json(config)) == config
    (found,) = train_runs(task, [(config, 0)], Ledger(tmp_path, shipped=None), Options())
    assert [[name for name, _, total in each.strata if total] for each in found.bins] == [["uniform"]] * len(found.bins)
    assert not on_mixture([found])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"words": "easy"}, "words: expected mixture or uniform, found 'easy'"),
        ({"distinct_words": -1}, "distinct_words: expected a whole number >= 0"),
        ({"distinct_words": 10**7}, "distinct_words: expected at most 1,000,000"),
        ({"distinct_words": 9, "grow_from": 3}, "distinct_words does not go together with grow_from"),
        ({"leave_out": "a"}, "leave_out: expected a pair of letters"),
        ({"leave_out": "length % 3 = 3"}, "expected a residue smaller than 3"),
        ({"leave_out": "run > 0"}, "expected a number from 1"),
        ({"leave_out": "x y"}, "leave_out: dyck1 has no letter 'x'"),
        ({"leave_out": "length % 1 = 0"}, "all but 0 are left out"),
    ],
)
def test_what_cannot_be_is_refused(choices: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_words(get_task("dyck1"), config_of("dyck1", **choices))


def test_the_text_is_read() -> None:
    assert read_left_out("a b; length %3= 1 ;run>5; run > 7") == LeftOutWords((("a", "b"),), ((1, 3),), 5)
