"""An automaton of next-sets decided: a program that defines each set, or a certificate that none does.

Every set is asked for at once, the end of words among its members, so nothing is left out that the model says.
"""

from crasp.meaning.ir import EOS
from crasp.regular.automata.automaton import Automaton, SizeError
from crasp.regular.timed_proofs import prove
from crasp.regular.verdict import Asked, LanguageVerdict, verdict_of
from crasp.regular.witnesses.program_outputs import Output
from tasks.ground.limited_process import Worker

SECONDS = 20.0  # that a program or a certificate may take


def decide_sets(automaton: Automaton, *, subject: str, seconds: float = SECONDS) -> LanguageVerdict | None:
    """The verdict on the automaton of masks, with its program or certificates; None where it is too large.

    A program defines `next` for each letter that is ever allowed, and for the end.
    """
    tokens = (*automaton.alphabet, EOS)
    outputs = tuple(
        Output(
            "next", frozenset(mask for mask in automaton.outputs if isinstance(mask, int) and mask >> bit & 1), token
        )
        for bit, token in enumerate(tokens)
    )
    asked = Asked(automaton, subject=subject, outputs=outputs)
    try:
        verdict = verdict_of(asked)
        with Worker() as worker:
            for found in prove(verdict, worker, seconds):
                verdict = found
    except SizeError:
        return None
    return verdict
