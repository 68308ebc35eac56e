"""What the theory says about a program: it is a witness itself, or an automaton that answers as it does is decided."""

from dataclasses import replace
from typing import assert_never

from crasp.errors import Source
from crasp.meaning.measures import measure, reads_own_letter
from crasp.regular.automata.moore_machine import Accept
from crasp.regular.decided_programs import subject_of_program
from crasp.text.loader import read_program
from eval.encodings.answer_rule import AnswerRule
from eval.encodings.family_ladder import ladder_of_program
from eval.prediction.decided_prediction import GivenLanguage
from eval.prediction.prediction import Prediction
from tasks.ground.automata.automaton import counted
from tasks.task import Encoding

ONE_PLACE_LATER = (
    " Acceptance is asked at a marker after the word. Counts are known there too, and the last letter is then the "
    "letter before."
)
PAPER = "Huang et al. 2025 (arXiv 2410.02140), Theorems 7 and 9"


def predict_source(source: Source, pe: Encoding, accept: Accept = "last") -> Prediction:
    """What the theory says about the function that a program computes, with the program itself as the witness.

    A program that uses positions is no witness for models without positions, for which another program may or may not
    exist. Nor is a program a witness there if it reads the last letter itself while acceptance is asked for at an end
    marker.

    Args:
        source: The text of the program.
        pe: Whether models have positions.
        accept: Where the answer is given.

    Raises:
        CraspError: The text is no program.
    """
    program = read_program(source)
    measures = measure(program)
    fragment, rule = measures.fragment, AnswerRule(accept, "next" if program.accept is None else "membership")
    sees = accept == "last" or not reads_own_letter(program)
    match pe:
        case "ape":
            setting, is_witness = "a Limit Transformer", True
        case "nope":
            setting, is_witness = "a Limit Transformer without positional encodings", fragment == "C-RASP" and sees
        case other:
            assert_never(other)
    ladder = ladder_of_program(measures) if sees else None
    if is_witness:
        because = (
            f"The program is in {fragment}, so {setting} computes the same, and the idealised learner is right at "
            "every large length."
        )
        if accept == "end":
            because += ONE_PLACE_LATER
        found = Prediction(source.name, pe, "generalizes", because, PAPER, "theorem", source.text, source.name)
        return replace(found, rule=rule, ladder=ladder)
    reads = "" if sees else ", but it reads the last letter, which acceptance at an end marker cannot"
    because = f"The program is in {fragment}{reads}; whether a program of C-RASP computes the same is not known here."
    found = Prediction(source.name, pe, "unknown", because, PAPER, "conjecture", None)
    return replace(found, rule=rule, ladder=ladder)


def explored(source: Source, pe: Encoding, accept: Accept = "last") -> Prediction | GivenLanguage:
    """The prediction for a program, or its language if that still has to be decided.

    There is a prediction if the program is a witness itself, or if no small automaton answers as it does.

    Args:
        source: The text of the program.
        pe: Whether models have positions.
        accept: Where the answer is given.

    Raises:
        CraspError: The text is no program.
        SizeError: The automaton is too large.
    """
    own = predict_source(source, pe, accept)
    if own.verdict != "unknown":
        return own
    subject = subject_of_program(source.name, read_program(source))
    because = own.because.partition(";")[0]
    if subject.automaton is None:
        nothing = f"{because}; no small automaton was found that answers as it does: {subject.fields['regular']}."
        return replace(own, because=f"{nothing} Whether a program of C-RASP computes the same is not known here.")
    states = counted(len(subject.automaton.outputs), "state")
    how = f"{because}. A minimal automaton of {states} is {subject.fields['regular']}."
    outputs = None if subject.outputs is None else tuple(subject.outputs)
    return GivenLanguage(subject.name, subject.automaton, AnswerRule(accept), outputs=outputs, explored=how)
