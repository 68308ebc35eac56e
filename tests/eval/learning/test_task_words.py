"""The words that a task gives to `crasp learn`."""

import re

import numpy as np

from eval.learning.task_words import task_language


def test_words_that_nearly_belong_differ_from_members_in_their_shape_too() -> None:
    asked = task_language("anbncn")
    words = ["".join("abc"[letter] for letter in word) for word in asked.draw(np.random.default_rng(0), 400, 12)]
    out_of_shape = [word for word in words if not re.fullmatch("a*b*c*", word)]
    assert len(out_of_shape) > 20
    same_letters = [word for word in out_of_shape if len({word.count(letter) for letter in "abc"}) == 1]
    assert len(same_letters) > 10, "a member with its letters in another order"
    assert all(len(word) <= 12 for word in words)
