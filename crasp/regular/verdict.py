"""The whole answer for one automaton: which families define it, with a program and certificates that show this.

The verdict takes milliseconds, but the program and the certificates may take minutes. So `verdict_of` gives the
verdict alone, `proofs` yields what shows it one after another, and `with_proof` adds each of these to the verdict.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from crasp.regular.automata.automaton import Automaton, SizeError
from crasp.regular.automata.moore_machine import Accept, Target, machine_of
from crasp.regular.certificates.certificate_builder import NoProgramCertificate
from crasp.regular.certificates.certificates import certify, certify_an_output, largest_without
from crasp.regular.families.decision import decide
from crasp.regular.families.family import FAMILIES, FRAGMENTS, Families, Family, FamilyParameters, includes
from crasp.regular.witnesses.product_machine import least_product
from crasp.regular.witnesses.program_outputs import Output
from crasp.regular.witnesses.witness import Witness, write_witness

NOT_REVIEWED = (
    "The answers about look-back and residues rest on proofs of this project (docs/regular.md) that are not peer "
    "reviewed. Each program is run against the automaton, and each certificate is checked."
)
PLAIN_REVIEWED = "For plain counting the criterion is published (arXiv 2608.13433)."
WriteStatus: TypeAlias = Literal["written", "not asked", "out of time", "too large"]


@dataclass(frozen=True)
class Asked:
    """A language and what is asked of it.

    `outputs` are the outputs that a program has to define, if the automaton's outputs are not those of one language.
    They are given at the last letter, and a certificate is then about one of them. `family` is the only family asked
    about.
    """

    automaton: Automaton
    accept: Accept = "last"
    target: Target = "membership"
    subject: str = "the language"
    outputs: tuple[Output, ...] | None = None
    family: Family | None = None

    @property
    def what_is_done(self) -> str:
        """What a program does that answers the question, as the predicate of a sentence."""
        if self.outputs is not None:
            return "defines all outputs of the given program"
        return {
            "membership": "defines the language",
            "state": "tells the automaton's state",
            "next": "tells which letters may follow",
        }[self.target]


@dataclass(frozen=True)
class Certificate:
    """A checked certificate, as JSON data, that the family has no program for what is asked."""

    family: Family
    data: NoProgramCertificate


@dataclass(frozen=True)
class Gap:
    """Why a program or a certificate that was asked for is missing, as a status and as a sentence."""

    status: WriteStatus
    said: str


FamilyProof: TypeAlias = FamilyParameters | Certificate | Witness | Gap


@dataclass(frozen=True)
class LanguageVerdict:
    """What is known of one language under one acceptance rule.

    `certificates` has one for each family without a program that is not included in a larger such family. `gaps` say
    what is missing because it would be too large or took too long.
    """

    asked: Asked
    families: Families
    status: WriteStatus = "not asked"
    parameters: FamilyParameters | None = None
    witness: Witness | None = None
    certificates: Mapping[Family, NoProgramCertificate] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()

    @property
    def automaton(self) -> Automaton:
        """The automaton of the language."""
        return self.asked.automaton

    @property
    def accept(self) -> Accept:
        """Where the answer is given: at the last letter, or at an end marker."""
        return self.asked.accept

    @property
    def target(self) -> Target:
        """What is to be answered: membership, the state, or the letters that may follow."""
        return self.asked.target

    @property
    def because(self) -> str:
        """The reasons for the verdict, in a few sentences."""
        witness, does, parts = self.witness, self.asked.what_is_done, []
        if witness is not None:
            shown = FamilyParameters(witness.family, witness.modulus, witness.lookback).in_words or "counting alone"
            parts.append(
                f"A program of {FRAGMENTS[witness.family]} with {shown} {does}. It was run on {witness.checked}."
            )
        for family, certificate in self.certificates.items():
            smaller = [FRAGMENTS[f] for f in FAMILIES if f != family and includes(family, f)]
            so = f", and so none of {' or '.join(smaller)}" if smaller else ""
            parts.append(f"No program of {FRAGMENTS[family]} {does}{so}. {' '.join(certificate['explanation'])}")
        parts += [gap.said for gap in self.gaps]
        parts += [f"{FRAGMENTS[family]} was refused: {reason}." for family, reason in self.families.refused]
        if self.families.not_asked:
            names = " or ".join(FRAGMENTS[family] for family in self.families.not_asked)
            parts.append(f"Programs of {names} were not asked about: --family asks about one family.")
        # If only plain counting was decided, the answer no rests on the published criterion too.
        plain_alone = all(self.families[family] is None for family in FAMILIES if family != "plain")
        parts.append(PLAIN_REVIEWED if self.families.plain or plain_alone else NOT_REVIEWED)
        return " ".join(parts)

    def record(self) -> dict[str, Any]:
        """The verdict as JSON data."""
        witness, parameters = self.witness, self.parameters
        return {
            "alphabet": list(self.automaton.alphabet),
            "accept": self.accept,
            "target": self.target,
            "states": len(self.automaton.outputs),
            "families": {family: self.families[family] for family in FAMILIES},
            "refused": dict(self.families.refused),
            "not_asked": list(self.families.not_asked),
            "parameters": None if parameters is None else parameters.record(),
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
            "witness_status": self.status,
            "certificate": dict(self.certificates) or None,
            "because": self.because,
        }


def verdict_of(asked: Asked) -> LanguageVerdict:
    """The verdict without what shows it: which families have a program."""
    machine = machine_of(asked.automaton, accept=asked.accept, target=asked.target)
    return LanguageVerdict(asked, decide(machine, asked=asked.family))


def with_proof(verdict: LanguageVerdict, proof: FamilyProof) -> LanguageVerdict:
    """The verdict with one more parameter, certificate, program or gap."""
    match proof:
        case FamilyParameters():
            return replace(verdict, parameters=proof)
        case Certificate():
            return replace(verdict, certificates={**verdict.certificates, proof.family: proof.data})
        case Witness():
            return replace(verdict, witness=proof)
        case Gap():
            return replace(verdict, status=proof.status, gaps=(*verdict.gaps, proof))


def proofs(asked: Asked, families: Families) -> Iterator[FamilyProof]:
    """Yields what shows a verdict as it is made: the parameters of a program, the certificates, then the program.

    A `Gap` is yielded in place of what would be too large.
    """
    product, family = None, families.smallest
    if family is not None:
        try:
            machine = machine_of(asked.automaton, accept=asked.accept, target=asked.target)
            product = least_product(machine, family)
            yield FamilyParameters(family, product.modulus, product.lookback)
        except SizeError as error:
            yield _no_program(family, str(error))
    yield from _certificates(asked, families)
    if product is not None and family is not None:
        try:
            yield write_witness(
                asked.automaton,
                product,
                family,
                accept=asked.accept,
                target=asked.target,
                subject=asked.subject,
                outputs=asked.outputs,
            ).witness
        except SizeError as error:
            yield _no_program(family, str(error))


def _no_program(family: Family, reason: str) -> Gap:
    return Gap("too large", f"A program of {FRAGMENTS[family]} exists, but it was not written: {reason}.")


def _certificates(asked: Asked, families: Families) -> Iterator[FamilyProof]:
    """Yields a certificate for each largest family without a program.

    If all of these would be too large, it yields one for plain counting.
    """
    found, missing = 0, 0
    for family in largest_without(families):
        try:
            yield _certificate(asked, family)
            found += 1
        except SizeError as error:
            missing += 1
            none = f"No program of {FRAGMENTS[family]} {asked.what_is_done}"
            yield Gap("too large", f"{none}, but the certificate was not made: {error}.")
    if missing and not found:
        yield _certificate(asked, "plain")


def _certificate(asked: Asked, family: Family) -> Certificate:
    if asked.outputs is not None:
        return Certificate(family, certify_an_output(asked.automaton, asked.outputs, family))
    return Certificate(family, certify(asked.automaton, family, accept=asked.accept, target=asked.target))


def verdict_line(families: Families) -> str:
    """The verdicts for the four families in one line."""
    return "  ".join(_said(families, family) for family in FAMILIES)


def yes_or_no(families: Families, family: Family) -> str:
    """The verdict for one family in one or two words: yes, no, refused or not asked."""
    unknown = "not asked" if family in families.not_asked else "refused"
    return {True: "yes", False: "no", None: unknown}[families[family]]


def differs_at_the_other_rule(verdict: LanguageVerdict) -> str | None:
    """A remark on the families for which the other acceptance rule gives another verdict; None if there are none."""
    asked = verdict.asked
    if asked.target == "next":
        return None
    other: Accept = "end" if asked.accept == "last" else "last"
    there = verdict_of(replace(asked, accept=other)).families
    here = verdict.families
    known = [family for family in FAMILIES if here[family] is not None and there[family] is not None]
    changed = [family for family in known if here[family] is not there[family]]
    if not changed:
        return None
    where = "at an end marker" if other == "end" else "at the last letter"
    return (
        f"if words were accepted {where}, the answers would be: {', '.join(_said(there, family) for family in changed)}"
    )


def _said(families: Families, family: Family) -> str:
    return f"{FRAGMENTS[family]} {yes_or_no(families, family)}"
