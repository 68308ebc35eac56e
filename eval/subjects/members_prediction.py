"""Predictions for tasks of one's own that are trained as continuations: only prefixes of members are asked about.

The members of a program that says what may follow are the words that it allows letter by letter and lets end.
"""

from dataclasses import replace

from crasp.meaning.ir import EOS
from crasp.regular.automata.automaton import SizeError
from crasp.regular.families.family import FRAGMENTS, Families
from crasp.regular.families.members_only import Continuations, MembersVerdict, StateMerging, decide_on_members
from crasp.regular.witnesses.product_machine import least_product
from crasp.regular.witnesses.program_outputs import Output
from crasp.regular.witnesses.witness import WrittenWitness, write_witness
from eval.encodings.answer_rule import AnswerRule
from eval.encodings.family_ladder import (
    FamilyLadder,
    FamilyRung,
    allowed_family,
    smallest_families,
    with_parameters,
)
from eval.prediction.decided_prediction import NAME, GivenLanguage
from eval.prediction.prediction import Prediction
from tasks.task import Standing

OURS = "decision procedure of docs/regular.md, section 9, not peer reviewed"
EASIER = (
    "A model that continues members never sees a word that no member begins with. So it need not tell apart the states "
    "after {words}: no letters that may follow both have different answers. With such states as one, a program of "
    "{family} says what may follow, though no such program {does_more}."
)
NOT_SETTLED = (
    "No program of {family} {does_more}. But a model that continues members never sees a word that no member begins "
    "with, and for such words alone it is not known whether there is a program."
)
ACCEPTS = "accepts the language"
ANSWERS_ALWAYS = "answers as this one does after every word"
ON_MEMBERS = "It holds as well if only prefixes of members are asked about, as they are in training."


def on_members(language: GivenLanguage, found: Prediction, *, write: bool) -> Prediction:
    """The prediction for what may follow a prefix of a member, given the one for a rule that asks about every word.

    Args:
        language: The language, or the automaton of a program that says what may follow.
        found: The prediction for membership at the last letter, or for the program's answers, with its ladder.
        write: Whether a witness is written if a program exists only for prefixes of members.
    """
    if found.ladder is None or all(rung.answer is not False for rung in found.ladder):
        return found
    plain, local, periodic, both = (rung.answer for rung in found.ladder)  # in the order of FAMILIES
    verdict = decide_on_members(_continuations(language), Families(plain, local, periodic, both))
    rungs = tuple(_rung(rung, verdict.families) for rung in found.ladder)
    ladder = _with_parameters(rungs, verdict, language.repeats) if write else rungs
    if ladder != found.ladder:
        found = replace(found, rule=AnswerRule("last", "next"))
    if found.verdict != "fails":
        return replace(found, ladder=ladder)
    family = allowed_family(found.pe)
    answer = verdict.families[family]
    if answer is False:
        return replace(found, ladder=ladder, because=f"{found.because} {ON_MEMBERS}")
    if answer is None:
        because = _explored(language, NOT_SETTLED.format(family=FRAGMENTS[family], does_more=_does_more(language)))
        return Prediction(
            found.subject, found.pe, "unknown", because, OURS, "conjecture", None, rule=found.rule, ladder=ladder
        )
    return _generalizing(language, replace(found, ladder=ladder), verdict, write=write)


def _continuations(language: GivenLanguage) -> Continuations:
    if language.outputs is None:
        return Continuations.of_language(language.automaton)
    return Continuations.of_allowed(
        language.automaton,
        [
            tuple(each.token for each in language.outputs if each.token is not None and said in each.answers)
            for said in language.automaton.outputs
        ],
    )


def _does_more(language: GivenLanguage) -> str:
    return ACCEPTS if language.outputs is None else ANSWERS_ALWAYS


def _explored(language: GivenLanguage, because: str) -> str:
    return because if language.explored is None else f"{language.explored} {because}"


def _rung(rung: FamilyRung, families: Families) -> FamilyRung:
    return rung if rung.answer is not False else replace(rung, answer=families[rung.family])


def _with_parameters(ladder: FamilyLadder, verdict: MembersVerdict, repeats: int | None) -> FamilyLadder:
    """The ladder with the parameters of each smallest family that has a program for prefixes of members alone."""
    for family in smallest_families(ladder):
        if family in verdict.mergings:
            try:
                product = least_product(verdict.mergings[family].machine, family, repeats=repeats)
            except SizeError:
                continue
            ladder = with_parameters(ladder, family, product.modulus, product.lookback)
    return ladder


def _generalizing(language: GivenLanguage, found: Prediction, verdict: MembersVerdict, *, write: bool) -> Prediction:
    family = allowed_family(found.pe)
    merging = verdict.mergings[family]
    because = EASIER.format(words=_in_words(merging), family=FRAGMENTS[family], does_more=_does_more(language))
    because = _explored(language, because)
    # The automaton of a program is compared with the program, and not proved equal to it.
    standing: Standing = "expressible" if language.explored is None else "conjecture"
    given = Prediction(
        found.subject, found.pe, "generalizes", because, OURS, standing, None, rule=found.rule, ladder=found.ladder
    )
    if not write:
        return given
    try:
        written = _written(language, merging, found)
    except SizeError as error:
        return replace(given, because=f"{because} The program was not written: {error}.")
    checked = f"equal to the automaton with these states as one on {written.witness.checked}"
    return replace(given, witness=written.witness.program, witness_name=NAME, checked=checked)


def _written(language: GivenLanguage, merging: StateMerging, found: Prediction) -> WrittenWitness:
    family = allowed_family(found.pe)
    answers = {answer for row in merging.machine.answers for answer in row} | {merging.machine.at_start}
    outputs = [
        Output("next", frozenset(a for a in answers if isinstance(a, tuple) and token in a), token)
        for token in (*language.automaton.alphabet, EOS)
    ]
    return write_witness(
        language.automaton,
        least_product(merging.machine, family),
        family,
        accept="last",
        target="next",
        subject=f"{language.name} on prefixes of members",
        outputs=outputs,
    )


def _in_words(merging: StateMerging) -> str:
    groups = [" and ".join(" ".join(word) or "the empty word" for word in words) for words in merging.words]
    return ", nor those after ".join(groups)
