"""The whole answer for one automaton: families, a program for the smallest, certificates against the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crasp.regular.automaton import Automaton, SizeError
from crasp.regular.certificates import certify, certify_an_output, includes, largest_without
from crasp.regular.decision import FAMILIES, FRAGMENTS, Families, Family, decide
from crasp.regular.machine import Accept, Target, machine_of
from crasp.regular.witness import Witness, synthesise
from crasp.regular.writing import Output

NOT_REVIEWED = (
    "What is said of look-back and of residues rests on proofs of this project (docs/regular.md) that are not peer "
    "reviewed; programs have been run against the automaton, certificates have been checked."
)
PLAIN_REVIEWED = "For plain counting the criterion is published (arXiv 2608.13433)."


@dataclass(frozen=True)
class Verdict:
    """What is known of one language and acceptance rule.

    `certificates` has one for each family without a program that no larger such family includes. `gaps` say what is
    missing because it would be too large.
    """

    automaton: Automaton
    accept: Accept
    target: Target
    families: Families
    witness: Witness | None
    certificates: dict[Family, dict[str, Any]]
    gaps: tuple[str, ...]

    @property
    def because(self) -> str:
        """Why, in a few sentences."""
        parts = []
        if self.witness is not None:
            shown = {
                "plain": "counting alone",
                "local": f"look-back {self.witness.lookback}",
                "periodic": f"positions modulo {self.witness.modulus}",
                "periodic_local": f"positions modulo {self.witness.modulus} and look-back {self.witness.lookback}",
            }[self.witness.family]
            parts.append(
                f"A program of {FRAGMENTS[self.witness.family]} with {shown} does it; run on {self.witness.checked}."
            )
        for family, certificate in self.certificates.items():
            smaller = [FRAGMENTS[f] for f in FAMILIES if f != family and includes(family, f)]
            so = f", and so none of {' or '.join(smaller)}" if smaller else ""
            parts.append(f"No program of {FRAGMENTS[family]} does{so}. {' '.join(certificate['explanation'])}")
        parts += self.gaps
        parts.append(PLAIN_REVIEWED if self.families.plain else NOT_REVIEWED)
        return " ".join(parts)

    def record(self) -> dict[str, Any]:
        """The verdict as JSON data."""
        witness = self.witness
        return {
            "alphabet": list(self.automaton.alphabet),
            "accept": self.accept,
            "target": self.target,
            "states": len(self.automaton.outputs),
            "families": {family: self.families[family] for family in FAMILIES},
            "witness": None
            if witness is None
            else {
                "family": witness.family,
                "modulus": witness.modulus,
                "lookback": witness.lookback,
                "depth": witness.depth,
                "program": witness.program,
                "checked": witness.checked,
            },
            "certificate": self.certificates or None,
            "because": self.because,
        }


def judge(
    automaton: Automaton,
    *,
    accept: Accept = "last",
    target: Target = "membership",
    subject: str = "the language",
    outputs: Sequence[Output] | None = None,
) -> Verdict:
    """The verdict with its program and its certificates, all of them checked; SizeError where nothing can be said.

    `outputs` are what the program shall define, at the last letter, where the automaton's outputs are not those of a
    language; a certificate is then about one of them.
    """
    families = decide(machine_of(automaton, accept=accept, target=target))
    gaps = []
    witness = None
    if families.smallest is not None:
        try:
            witness = synthesise(
                automaton, families.smallest, accept=accept, target=target, subject=subject, outputs=outputs
            )
        except SizeError as error:
            gaps.append(f"A program of {FRAGMENTS[families.smallest]} exists and was not written: {error}.")
    certificates: dict[Family, dict[str, Any]] = {}

    def certificate(family: Family) -> dict[str, Any]:
        if outputs is not None:
            return certify_an_output(automaton, outputs, family)
        return certify(automaton, family, accept=accept, target=target)

    for family in largest_without(families):
        try:
            certificates[family] = certificate(family)
        except SizeError as error:
            gaps.append(f"No program of {FRAGMENTS[family]} does; the certificate was not made: {error}.")
    if gaps and not certificates and not families.plain:
        certificates["plain"] = certificate("plain")
    return Verdict(automaton, accept, target, families, witness, certificates, tuple(gaps))


def verdict_line(families: Families) -> str:
    """The four verdicts on one line."""
    return "  ".join(f"{FRAGMENTS[family]} {'yes' if families[family] else 'no'}" for family in FAMILIES)


def differs_at_the_other_rule(automaton: Automaton, accept: Accept, target: Target) -> str | None:
    """What the other acceptance rule would say, where that is something else."""
    other: Accept = "end" if accept == "last" else "last"
    if target == "next":
        return None
    here, there = (decide(machine_of(automaton, accept=rule, target=target)) for rule in (accept, other))
    if here == there:
        return None
    where = "at an end marker" if other == "end" else "at the last letter"
    changed = [family for family in FAMILIES if here[family] != there[family]]
    return f"accepted {where} it would be: {', '.join(_said(there, family) for family in changed)}"


def _said(families: Families, family: Family) -> str:
    return f"{FRAGMENTS[family]} {'yes' if families[family] else 'no'}"
