"""Words to tensors: where they lie, what is judged, which positions are trained."""

from dataclasses import replace

import numpy as np
import pytest

from tasks.drawing.randomness import generator
from tasks.task import Task
from tests.train.small import FIRST, LAST, small
from train.model.config import ConfigError
from train.running.batches import (
    CHUNK_STEPS,
    check_words,
    evaluation_layouts,
    longest_with_words,
    positions_from_zero,
    stacked,
    training_layout,
)
from train.running.schedule import longest_at, start

TASKS = [pytest.param(FIRST, id="answer"), pytest.param(LAST, id="continuations")]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("size", [1, 6, 7])
def test_a_steps_rows_hold_its_words_each_with_its_own_positions_and_targets(task: Task, size: int) -> None:
    config = replace(small(task), batch_size=size)
    layout = training_layout(task, config, start(config, 3), chunk=2)
    batch = task.sample(generator(task.name, "train-2", (1, 6), 3), (1, 6), CHUNK_STEPS * size)
    for step in range(CHUNK_STEPS):
        found = []
        for row in range(layout.tokens.shape[1]):
            for second in (False, True):
                begins = layout.starts[step, row, layout.judged[step, row]]
                places = layout.counted[step, row] & ((begins > 0) == second)
                columns = layout.judged[step, row, places]
                if not len(columns):
                    continue
                begin = int(layout.starts[step, row, columns[0]])
                span = slice(begin, int(columns[-1]) + 1)
                positions = layout.positions[step, row, span]
                assert (layout.starts[step, row, span] == begin).all()
                assert (np.diff(positions) == 1).all()
                assert 0 <= positions[0] <= positions[-1] < config.model.positions
                targets = layout.targets[step, row, places]
                found.append((tuple(layout.tokens[step, row, span]), tuple(columns - begin), targets.tolist()))
        expected = []
        for word in range(step * size, (step + 1) * size):
            judged = np.flatnonzero(batch.judged[word])
            tokens = tuple(batch.tokens[word, : judged[-1] + 1])
            expected.append((tokens, tuple(judged), batch.targets[word, judged].tolist()))
        assert sorted(map(str, found)) == sorted(map(str, expected))


def test_random_offsets_train_every_position_of_the_context() -> None:
    config = small(FIRST)
    seen = set()
    for chunk in range(4):
        layout = training_layout(FIRST, config, start(config, 0), chunk=chunk)
        inside = layout.starts != np.arange(layout.starts.shape[2])  # but for the words' first tokens
        seen |= set(layout.positions[inside].tolist()) | set(layout.positions[..., 0].ravel().tolist())
    assert seen == set(range(config.model.positions))


def test_without_positional_encoding_and_in_a_test_every_word_begins_at_position_0() -> None:
    layout = training_layout(FIRST, small(FIRST, "nope"), start(small(FIRST, "nope"), 0), chunk=0)
    batch = FIRST.sample(np.random.default_rng(0), (7, 12), 20)
    (tested,) = evaluation_layouts(batch, positions_from_zero(batch), words=20)
    for each in (layout, tested):
        column = np.arange(each.tokens.shape[2])
        assert np.array_equal(each.positions, np.where(column == each.starts, 0, column - each.starts))


def test_a_seeds_words_are_its_own_and_the_same_every_time() -> None:
    config = small(FIRST)
    first, again, other = (training_layout(FIRST, config, start(config, seed), chunk=0) for seed in (0, 0, 1))
    assert np.array_equal(first.tokens, again.tokens)
    assert first.tokens.shape != other.tokens.shape or not np.array_equal(first.tokens, other.tokens)


def test_a_stack_cuts_away_columns_that_no_seed_uses() -> None:
    config = small(FIRST)
    layouts = [(training_layout(FIRST, config, start(config, seed), chunk=0), 5) for seed in (0, 1)]
    judged = stacked(layouts, "cpu")
    used = max(int(layout.columns[5]) for layout, _ in layouts)
    assert judged.rows.tokens.shape == (2, 4, used)
    assert judged.targets.shape == judged.counted.shape == (2, 4, max(int(layout.places[5]) for layout, _ in layouts))


def test_a_curriculum_starts_with_the_shortest_words_and_ends_with_all() -> None:
    config = replace(small(FIRST), curriculum_steps=4 * CHUNK_STEPS)
    after = range(0, 5 * CHUNK_STEPS, CHUNK_STEPS)
    lengths = [longest_at(config, start(config, 0), step) for step in after]
    assert [longest_with_words(FIRST, length, 6) for length in lengths] == [1, 1, 3, 4, 6]
    first, last = (training_layout(FIRST, config, start(config, 0), chunk=chunk) for chunk in (0, 4))
    assert first.columns.max() < last.columns.max()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train_length": 1, "max_length": 2}, "task last has no words of lengths 1-1"),
        ({"model": replace(small().model, vocabulary=5)}, "vocabulary=5, but the task last has 6 tokens"),
    ],
)
def test_a_configuration_without_words_for_it_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_words(LAST, replace(small(LAST), **change))  # type: ignore[arg-type]


def test_a_context_too_short_for_the_longest_words_is_refused() -> None:
    with pytest.raises(ConfigError, match="words of length 12 of first need 17 positions, but the model has 16"):
        check_words(FIRST, replace(small(), model=replace(small().model, positions=16)))


def test_words_grow_from_where_they_begin_as_the_course_tells() -> None:
    config = replace(small(FIRST), grow_from=2)
    course = start(config, 0)
    assert course.growth == ((0, 2),)
    grown = replace(course, step=2 * CHUNK_STEPS + 5, growth=((0, 2), (CHUNK_STEPS, 3), (2 * CHUNK_STEPS, 6)))
    assert [longest_at(config, grown, step) for step in (0, CHUNK_STEPS - 1, CHUNK_STEPS, 2 * CHUNK_STEPS)] == [
        2,
        2,
        3,
        6,
    ]
    lengths = [training_layout(FIRST, config, grown, chunk).columns.max() for chunk in (0, 1, 2)]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[2]
