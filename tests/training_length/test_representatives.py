"""Words that stand for longer ones: the notes' figures, and brute force over words."""

from itertools import product

import pytest

from limit_transformer.representatives import _of_kind, representative_length


@pytest.mark.parametrize(("period", "longest", "length"), [(1, 240, 10), (2, 120, 17), (3, 75, 22), (4, 48, 21)])
def test_the_figures_of_the_notes_come_out_for_the_class_of_the_first_position(
    period: int, longest: int, length: int
) -> None:
    assert representative_length(period, 1 % period, eps=0.1, longest=longest) == length


def test_the_figures_of_the_notes_come_out_for_no_other_class() -> None:
    others = [(2, 0, 120), (3, 0, 75), (3, 2, 75), (4, 0, 48), (4, 2, 48), (4, 3, 48)]
    found = [representative_length(period, k, eps=0.1, longest=longest) for period, k, longest in others]
    assert found == [18, 24, 23, 24, 22, 23]


def by_words(period: int, residue: int, eps: float, longest: int) -> int:
    """The same from all words, letter by letter."""
    kinds: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for length in range(1, longest + 1):
        for word in product((0, 1), repeat=length):
            read = [bit for position, bit in enumerate(word, 1) if position % period == residue]
            if read:
                kinds.setdefault((length % period, word[-1]), []).append((length, sum(read) / len(read)))
    needed = 0
    for words in kinds.values():
        for _, value in words:
            needed = max(needed, min(n for n, other in words if abs(other - value) <= eps + 1e-12))
    return needed


@pytest.mark.parametrize(("period", "residue"), [(1, 0), (2, 0), (2, 1), (3, 1), (3, 2)])
@pytest.mark.parametrize("eps", [0.3, 0.15, 0.01])
def test_counting_agrees_with_listing_all_words(period: int, residue: int, eps: float) -> None:
    assert representative_length(period, residue, eps=eps, longest=8) == by_words(period, residue, eps, 8)


@pytest.mark.parametrize("eps", [0.1, 0.05, 0.02, 0.01])
def test_a_class_that_the_last_position_is_not_in_needs_one_over_two_eps_positions(eps: float) -> None:
    # With period 2 the words of even length end outside the class of odd positions: half of them are read.
    assert _of_kind(2, 1, 0, 0, eps, 6 * round(1 / eps)) == 2 * round(1 / (2 * eps))


@pytest.mark.parametrize(("period", "residue", "eps"), [(2, 2, 0.1), (2, 0, 0.0), (9, 0, 0.1)])
def test_what_makes_no_sense_is_refused(period: int, residue: int, eps: float) -> None:
    with pytest.raises(ValueError, match="expected eps > 0"):
        representative_length(period, residue, eps=eps, longest=12)
