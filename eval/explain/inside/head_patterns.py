"""What a head attends to on real words: the plainest pattern that explains its attention, and which share it explains.

A pattern says how the attention of each query is spread over the keys that it sees. The share that it explains is the
mass that pattern and head have in common, averaged over the queries: 1 less half the summed absolute difference. A
pattern may have weights of its own, one for each residue, letter or lag of a key, given that of the query. These are
fitted on half of the words; all patterns are measured on the other half.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from eval.explain.inside.evidence import MIXED, HeadPattern, PatternShare
from limit_transformer.reading.position_dependence import Doubles

Groups = NDArray[np.int64]  # the groups of keys, (words, queries, keys), or of queries, (words, queries)

LONGEST_LAG_LETTERS = 8
LONGEST_RESIDUE_LETTERS = 8  # the greatest modulus of residues
LEAST_KEYS = 5  # queries that see fewer keys are left out, since all patterns look alike there
LEAST_SHARE = 0.8  # a head that no pattern explains to this share is mixed
PLAINER_SHARE = 0.05  # a plainer pattern is preferred if it explains at most this much less than the best one
ROUNDS = 60  # the most rounds of fitting weights
SAME_SHARE = 1e-4  # the fit ends if it is wrong about at most this share of the attention


@dataclass(frozen=True)
class KeyPattern:
    """A pattern: one key for each query, or groups of keys with weights.

    The weight of a group depends on the group of the query, which `contexts` has.
    """

    kind: str
    name: str
    key: NDArray[np.int64] | None = None  # (words, queries)
    groups: Groups | None = None
    contexts: Groups | None = None


def head_patterns(
    attention: Doubles, words: Words, *, layer: int, fitted: NDArray[np.bool_], idle: NDArray[np.bool_] | None
) -> tuple[HeadPattern, ...]:
    """The pattern of each head of a layer.

    Args:
        attention: The heads' attention weights, (words, heads, queries, keys), the begin token first.
        words: The words, without the begin token.
        layer: The number of the layer, from 1.
        fitted: Which words the weights are fitted on, (words,); the others are measured.
        idle: Which heads write nothing, (heads,), if that is known.
    """
    patterns = tuple(_patterns(words))
    asked = np.arange(words.tokens.shape[1] + 1) <= words.lengths[:, None]
    asked[:, : LEAST_KEYS - 1] = False
    found = []
    for number in range(attention.shape[1]):
        shares = _shares(attention[:, number], patterns, asked, fitted)
        begin = float(attention[:, number, :, 0][asked].mean()) if asked.any() else 0.0
        label, share = _label(shares)
        kinds = tuple(_best_of_kinds(patterns, shares))
        found.append(
            HeadPattern(layer, number + 1, label, share, kinds, begin, None if idle is None else bool(idle[number]))
        )
    return tuple(found)


def _patterns(words: Words) -> Iterator[KeyPattern]:
    """All patterns, the plainest first."""
    number, width = len(words.lengths), words.tokens.shape[1] + 1
    places = np.arange(width)
    queries = np.broadcast_to(places, (number, width))
    yield KeyPattern("begin", "begin token", key=np.zeros_like(queries))
    names = ("this token", "previous token", *(f"lag {lag}" for lag in range(2, LONGEST_LAG_LETTERS + 1)))
    for lag, name in enumerate(names):
        yield KeyPattern("lag", name, key=np.maximum(queries - lag, 0))

    def keyed(values: NDArray[np.int64]) -> Groups:
        """The groups of keys that have these values; group 0 is the begin token."""
        of_keys = np.broadcast_to((values + 1)[..., None, :], (number, width, width)).copy()
        of_keys[..., 0] = 0
        return of_keys

    none = np.zeros((number, width), dtype=np.int64)
    yield KeyPattern("uniform", "uniform", groups=keyed(none), contexts=none)
    lags = np.minimum(places[:, None] - places, LONGEST_LAG_LETTERS + 1).clip(min=0) + 1
    lags[:, 0] = 0
    yield KeyPattern("recent", "recent tokens", groups=np.broadcast_to(lags, (number, width, width)), contexts=none)
    for modulus in range(2, LONGEST_RESIDUE_LETTERS + 1):
        residues = queries % modulus
        yield KeyPattern("residue", f"residue {modulus}", groups=keyed(residues), contexts=residues)
    letters = np.zeros((number, width), dtype=np.int64)
    letters[:, 1:] = np.maximum(words.tokens.astype(np.int64), 0)
    yield KeyPattern("content", "content", groups=keyed(letters), contexts=letters)


def _shares(
    attention: Doubles, patterns: tuple[KeyPattern, ...], asked: NDArray[np.bool_], fitted: NDArray[np.bool_]
) -> tuple[PatternShare, ...]:
    """The share that each pattern explains of one head's attention, (words, queries, keys), on the measured words."""
    learnt, measured = asked & fitted[:, None], asked & ~fitted[:, None]
    rows, visible = attention[measured], _visible(measured)
    found = []
    for pattern in patterns:
        if pattern.key is not None:
            common = rows[np.arange(len(rows)), pattern.key[measured]]
        else:
            assert pattern.groups is not None
            assert pattern.contexts is not None
            weights = _weights(attention, pattern.groups, pattern.contexts, learnt)
            said = weights[pattern.contexts[measured][:, None], pattern.groups[measured]] * visible
            totals = said.sum(axis=1, keepdims=True)
            common = np.minimum(rows, said / np.where(totals > 0, totals, 1.0)).sum(axis=1)
        found.append(PatternShare(pattern.name, float(common.mean()) if len(common) else 0.0))
    return tuple(found)


def _visible(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which keys each chosen query sees, (chosen queries, keys); the queries are chosen by flags (words, queries)."""
    return np.asarray(np.arange(chosen.shape[1]) <= np.nonzero(chosen)[1][:, None])


def _weights(attention: Doubles, groups: Groups, contexts: Groups, learnt: NDArray[np.bool_]) -> Doubles:
    """The likeliest weights of keys by their group, (contexts, groups), normed over the keys that each query sees.

    The fit is generalised iterative scaling: a weight grows by the factor by which its keys get more attention than it
    says. The weight is 1 if no query has the context, or no key the group.
    """
    sizes = int(contexts.max(initial=0)) + 1, int(groups.max(initial=0)) + 1
    rows, visible, asked = attention[learnt], _visible(learnt), contexts[learnt]
    cells = (np.arange(len(rows))[:, None] * sizes[1] + groups[learnt]).ravel()
    counts, masses = (
        np.bincount(cells, weights=values.ravel(), minlength=len(rows) * sizes[1]).reshape(-1, sizes[1])
        for values in (visible.astype(np.float64), rows * visible)
    )
    found = np.ones(sizes)
    for context in range(sizes[0]):
        given, wanted = counts[asked == context], masses[asked == context].sum(axis=0)
        for _ in range(ROUNDS):
            totals = (given @ found[context])[:, None]
            said = (given * found[context] / np.where(totals > 0, totals, 1.0)).sum(axis=0)
            found[context] *= np.where(said > 0, wanted / np.where(said > 0, said, 1.0), 1.0)
            if np.abs(wanted - said).sum() <= SAME_SHARE * wanted.sum():
                break
    return found


def _label(shares: tuple[PatternShare, ...]) -> tuple[str, float]:
    """The plainest pattern that explains about as much as the best one, and its share, or `mixed`."""
    best = max(each.share for each in shares)
    if best < LEAST_SHARE:
        return MIXED, best
    plainest = next(each for each in shares if each.share >= max(LEAST_SHARE, best - PLAINER_SHARE))
    return plainest.pattern, plainest.share


def _best_of_kinds(patterns: tuple[KeyPattern, ...], shares: tuple[PatternShare, ...]) -> Iterator[PatternShare]:
    """The best pattern of each kind."""
    kinds = dict.fromkeys(each.kind for each in patterns)
    for kind in kinds:
        yield max(
            (share for each, share in zip(patterns, shares, strict=True) if each.kind == kind),
            key=lambda share: share.share,
        )
