"""Regular languages as tasks: Dyck of bounded depth, and the star languages of the published suite."""

from collections.abc import Callable, Mapping
from functools import cache

from tasks.asking.continuation import continuation_sampler
from tasks.languages.automaton import TaskAutomaton, automaton_label, regex_automaton
from tasks.languages.regular_language import regular_language
from tasks.published_accuracies import published
from tasks.task import Encoding, Task, TheoryRecord
from tasks.theory import (
    BOTH,
    DECIDED,
    PAPER,
    both,
    by_counting,
    expressed,
    inexpressible,
    not_star_free,
)

SUITE = f"{PAPER}, formal-language suite"


def regular_task(
    name: str,
    title: str,
    summary: str,
    build: Callable[[], TaskAutomaton],
    *,
    alphabet: tuple[str, ...],
    family: str,
    theory: Mapping[Encoding, TheoryRecord],
    near: str | None = None,
    source: str = SUITE,
) -> Task:
    """Return the task of a regular language of the benchmark; its automaton is made when it is first needed.

    Args:
        name: The name of the task, and of its library program if it has one.
        title: The title of the task.
        summary: What the task is, then worked examples, a line each.
        build: Makes the automaton.
        alphabet: The letters.
        family: The family in the list of tasks.
        theory: What the theory says of each encoding.
        near: A regular expression for words that miss the language narrowly; by default, words that begin a member but
            are none.
        source: Where the language comes from.
    """
    build = cache(build)
    language = regular_language(alphabet, build, None if near is None else lambda: regex_automaton(near, alphabet))
    return Task(
        name=name,
        title=title,
        summary=summary,
        family=family,
        alphabet=alphabet,
        format="continuations",
        sample=continuation_sampler(name, alphabet, language.exist, language.draws),
        label=automaton_label(alphabet, build),
        theory=theory,
        program=name if theory["ape"].verdict == "generalizes" else None,
        published=published(name),
        source=source,
        language=language,
        automaton=build,
    )


# --- Dyck of bounded depth --------------------------------------------------------------------------------

AB = ("a", "b")


def _bounded_dyck(depth: int) -> str:
    return f"(a{_bounded_dyck(depth - 1)}b)*" if depth else ""


def _d(depth: int, examples: str) -> Task:
    name = f"d_{depth}"
    return regular_task(
        name,
        f"D-{depth}",
        f"Brackets a (opens) and b (closes), balanced, never deeper than {depth}: D_n = (a D_(n-1) b)*, "
        f"D_0 the empty word.\n{examples}",
        lambda: regex_automaton(_bounded_dyck(depth), AB),
        near=_bounded_dyck(depth + 1),
        alphabet=AB,
        family="Star Free",
        theory=by_counting(name),
    )


D_2 = _d(2, "a a -> b\na b -> a <eos>")
D_3 = _d(3, "a a -> a b\na a a -> b")
D_4 = _d(4, "a a a -> a b\na a a a -> b")
D_12 = _d(12, "a a a a a a a a a a a a -> b\na a b b -> a <eos>")

# --- star languages ---------------------------------------------------------------------------------------

AA_STAR = regular_task(
    "aa_star",
    "(aa)*",
    """(aa)*: a word of a's of even length.
a -> a
a a -> a <eos>""",
    lambda: regex_automaton("(aa)*", ("a",)),
    alphabet=("a",),
    family="Non Star Free",
    theory=both(
        ape=expressed("aa_star", "C-RASP[periodic]"),
        nope=not_star_free("a^k is a member exactly for even k"),
    ),
)

AAAA_STAR = regular_task(
    "aaaa_star",
    "(aaaa)*",
    """(aaaa)*: a word of a's whose length is a multiple of four.
a a -> a
a a a a -> a <eos>""",
    lambda: regex_automaton("(aaaa)*", ("a",)),
    alphabet=("a",),
    family="Non Star Free",
    theory=both(
        ape=expressed("aaaa_star", "C-RASP[periodic]"),
        nope=not_star_free("a^k is a member exactly for multiples k of 4"),
    ),
)

ABAB_STAR = regular_task(
    "abab_star",
    "(abab)*",
    """(abab)*: a and b in turn, ab an even number of times.
a b -> a
a b a b -> a <eos>""",
    lambda: regex_automaton("(abab)*", AB),
    near="(ab)*ba(ab)*|(ba)*",
    alphabet=AB,
    family="Non Star Free",
    theory=both(
        ape=expressed("abab_star", "C-RASP[periodic]"),
        nope=not_star_free("(ab)^k is a member exactly for even k"),
    ),
)

AB_STAR_D_BC_STAR = regular_task(
    "ab_star_d_bc_star",
    "{a,b}*d{b,c}*",
    """{a,b}*d{b,c}*: one d, after any a's and b's, before any b's and c's.
a b -> a b d
a d b -> b c <eos>""",
    lambda: regex_automaton("(a|b)*d(b|c)*", ("a", "b", "c", "d")),
    near="(a|b)*|(a|b)*c(a|b)*d(b|c)*|(a|b)*d(b|c)*a(b|c)*|(a|b)*d(b|c)*d(b|c)*",
    alphabet=("a", "b", "c", "d"),
    family="Star Free",
    theory=by_counting("ab_star_d_bc_star"),
)

AABBCCDDEE = regular_task(
    "aabbccddee",
    "aa*bb*cc*dd*ee*",
    """aa*bb*cc*dd*ee*: a's, b's, c's, d's and e's in this order, at least one of each.
a a b -> b c
a b c d e -> e <eos>""",
    lambda: regex_automaton("aa*bb*cc*dd*ee*", ("a", "b", "c", "d", "e")),
    near="a*b*c*d*e*|aa*bb*cc*bb*cc*dd*ee*|aa*bb*cc*dd*ee*aa*",
    alphabet=("a", "b", "c", "d", "e"),
    family="Star Free",
    theory=by_counting("aabbccddee"),
)

ZOT_STAR_0_2_STAR = regular_task(
    "012_star_0_2_star",
    "{0,1,2}*02*",
    """{0,1,2}*02*: the last letter that is not 2 is 0.
1 0 2 -> 0 1 2 <eos>
0 1 2 -> 0 1 2""",
    lambda: regex_automaton("(0|1|2)*02*", ("0", "1", "2")),
    near="(0|1|2)*02*12*",
    alphabet=("0", "1", "2"),
    family="Star Free",
    theory=both(
        ape=inexpressible(
            BOTH,
            "the language asks which of 0 and 1 came last, at any distance (flip-flop)",
            f"{PAPER}, Lemma 35",
        ),
        nope=inexpressible(
            "C-RASP",
            "the language asks which of 0 and 1 came last (flip-flop), and none exists even with periodic and "
            "local operations",
            f"{PAPER}, Lemma 35; {DECIDED}",
        ),
    ),
)
