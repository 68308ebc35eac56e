"""What the theory says of a task, and how firmly.

That a program makes a task generalise is a theorem of the idealised learner: the program is a Limit
Transformer (Theorem 9), and what one Limit Transformer expresses is found at all lengths (Theorem 7). That a
task without a program fails is the paper's rule. It is a theorem only where no Limit Transformer exists
either (Theorem 12): whether every Limit Transformer has a program is open. Without positions a task that has no
program of counts alone is excluded: no transformer whose numbers are rounded, except the sums inside attention,
does it at every length (Yang et al. 2025, arXiv 2506.16055). That training then fails is still a conjecture.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tasks.task import Encoding, TheoryRecord

PAPER = "Huang et al. 2025 (arXiv 2410.02140)"
ROUNDING = "Yang et al. 2025 (arXiv 2506.16055)"  # transformers without positions that round outside attention = C-RASP
WITHIN_STAR_FREE = "regular languages of C-RASP are star-free (arXiv 2608.13433)"
DECIDED = "decision procedure for regular languages of C-RASP (arXiv 2608.13433)"
BOTH = "C-RASP[periodic, local]"
FINITE = (
    " The program's depth and window are the same for every alphabet; over this one, of distinct tokens, there are "
    "only finitely many words."
)


def both(ape: TheoryRecord, nope: TheoryRecord) -> Mapping[Encoding, TheoryRecord]:
    """The records of the two encodings."""
    return MappingProxyType({"ape": ape, "nope": nope})


def by_counting(program: str, *, remark: str = "") -> Mapping[Encoding, TheoryRecord]:
    """A program of counts and comparisons alone: generalises with positions and without."""
    without = _record_of_program(program, "C-RASP", "without positional encodings ", remark)
    return both(expressed(program, "C-RASP", remark=remark), without)


def expressed(program: str, fragment: str, *, remark: str = "") -> TheoryRecord:
    """A program of the fragment exists: with positional encodings the task generalises."""
    return _record_of_program(program, fragment, "", remark)


def _record_of_program(program: str, fragment: str, setting: str, remark: str = "") -> TheoryRecord:
    return TheoryRecord(
        verdict="generalizes",
        because=f"A {fragment} program computes it, so a Limit Transformer {setting}does (Theorem 9), "
        "and the idealised learner that fits all words to length n/2 is right to length n for every large n "
        f"(Theorem 7).{remark}",
        reference=f"{PAPER}, Theorems 7 and 9",
        standing="theorem",
        witness=program,
    )


def inexpressible(fragment: str, reason: str, reference: str) -> TheoryRecord:
    """No program of the fragment exists, for the reason given; that transformers then fail is conjectured.

    Of counting alone, C-RASP, it is known besides that no transformer without positions exists.
    """
    because = f"No {fragment} program exists: {reason}. "
    if fragment == "C-RASP":
        because += (
            "So no transformer without positions that rounds its numbers, except the sums inside attention, is right "
            "at every length (arXiv 2506.16055). That training fails is a conjecture."
        )
        return TheoryRecord("fails", because, f"{reference}; {ROUNDING}", "excluded")
    because += (
        "That transformers then fail is the paper's rule, not proved: it is open whether every Limit Transformer "
        "has a program."
    )
    return TheoryRecord("fails", because, reference, "conjecture")


def not_star_free(power: str) -> TheoryRecord:
    """Without positions: the language counts modulo a number, and no language of C-RASP does."""
    return inexpressible(
        "C-RASP",
        f"the language is not star-free, since {power}, and every regular language of C-RASP is star-free",
        f"{PAPER}, section 4; {WITHIN_STAR_FREE}",
    )


def too_much_to_tell(what: str) -> Mapping[Encoding, TheoryRecord]:
    """The second half needs more bits of the first than a Limit Transformer can use: fails, as a theorem."""
    because = (
        f"{what}, but what a Limit Transformer does on the second half of 2N tokens depends on O(log N) bits "
        "of the first half (Theorem 12), so none computes it, and the idealised learner fails (Theorem 7)."
    )
    reference = f"{PAPER}, Theorems 7 and 12"
    record = TheoryRecord(verdict="fails", because=because, reference=reference, standing="theorem")
    return both(record, record)
