"""What the theory says of a task, and how firmly.

A task that has a program generalises; this is a theorem about the idealised learner. The program is a Limit Transformer
(Theorem 9), and what one Limit Transformer expresses is learnt at all lengths (Theorem 7).

A task without a program fails; this is the paper's rule. It is a theorem only where no Limit Transformer exists either
(Theorem 12), for it is open whether every Limit Transformer has a program.

Without positional encodings, a task that has no program of counts alone is excluded: no transformer that rounds its
numbers, except the sums inside attention, computes it at every length (Yang et al. 2025, arXiv 2506.16055). That
training then fails is still a conjecture.

Theorem numbers without a source are those of Huang et al. 2025 (arXiv 2410.02140).
"""

from collections.abc import Mapping
from types import MappingProxyType

from tasks.task import Encoding, TheoryRecord

PAPER = "Huang et al. 2025 (arXiv 2410.02140)"
# Transformers without positions that round their numbers, except the sums inside attention, express just C-RASP.
ROUNDING = "Yang et al. 2025 (arXiv 2506.16055)"
WITHIN_STAR_FREE = "regular languages of C-RASP are star-free (arXiv 2608.13433)"
DECIDED = "decision procedure for regular languages of C-RASP (arXiv 2608.13433)"
BOTH = "C-RASP[periodic, local]"
FINITE = (
    " The program's depth and window are the same for every alphabet. Over the task's own alphabet there are only "
    "finitely many words with distinct tokens."
)


def both(ape: TheoryRecord, nope: TheoryRecord) -> Mapping[Encoding, TheoryRecord]:
    """Return the records by encoding: `ape` for APE, `nope` for NoPE."""
    return MappingProxyType({"ape": ape, "nope": nope})


def by_counting(program: str, *, remark: str = "") -> Mapping[Encoding, TheoryRecord]:
    """Return the records of a task that a program of counts and comparisons alone computes: both say "generalizes".

    Args:
        program: The name of that program in the library.
        remark: Text to append to each reason; it begins with a space.
    """
    without = _record_of_program(program, "C-RASP", "without positional encodings ", remark)
    return both(expressed(program, "C-RASP", remark=remark), without)


def expressed(program: str, fragment: str, *, remark: str = "") -> TheoryRecord:
    """Return the record of a task that a program of this fragment computes: with APE it generalises.

    Args:
        program: The name of that program in the library.
        fragment: The fragment of C-RASP, such as "C-RASP[local]".
        remark: Text to append to the reason; it begins with a space.
    """
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
    """Return the record of a task that no program of this fragment computes: the verdict is "fails".

    For C-RASP, which counts alone, no transformer without positions exists either, and the standing is "excluded". For
    any other fragment the standing is "conjecture".

    Args:
        fragment: The fragment of C-RASP.
        reason: Why no program exists; the text follows "No ... program exists:".
        reference: Where this is proved.
    """
    because = f"No {fragment} program exists: {reason}. "
    if fragment == "C-RASP":
        because += (
            "So no transformer without positions that rounds its numbers, except the sums inside attention, is right "
            "at every length (arXiv 2506.16055). That training fails is a conjecture."
        )
        return TheoryRecord("fails", because, f"{reference}; {ROUNDING}", "excluded")
    because += (
        "That transformers then fail is the paper's rule, not proved. It is open whether every Limit Transformer "
        "has a program."
    )
    return TheoryRecord("fails", because, reference, "conjecture")


def not_star_free(power: str) -> TheoryRecord:
    """Return the NoPE record of a language that is not star-free, as every regular language of C-RASP is.

    Args:
        power: The clause that shows it, such as "a^k is a member exactly for even k".
    """
    return inexpressible(
        "C-RASP",
        f"the language is not star-free, since {power}, and every regular language of C-RASP is star-free",
        f"{PAPER}, section 4; {WITHIN_STAR_FREE}",
    )


def too_much_to_tell(what: str) -> Mapping[Encoding, TheoryRecord]:
    """Return the records of a task that fails by a theorem, with either encoding.

    The second half of the input needs more bits of the first half than a Limit Transformer can use (Theorem 12).

    Args:
        what: What needs so many bits; the text begins the reason.
    """
    because = (
        f"{what}. But what a Limit Transformer does on the second half of 2N tokens depends on only O(log N) "
        "bits of the first half (Theorem 12). So no Limit Transformer computes it, and the idealised learner fails "
        "(Theorem 7)."
    )
    reference = f"{PAPER}, Theorems 7 and 12"
    record = TheoryRecord(verdict="fails", because=because, reference=reference, standing="theorem")
    return both(record, record)
