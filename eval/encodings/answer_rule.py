"""The rule by which a word of a language is answered: where the answer is given, and what it is."""

from dataclasses import dataclass

from crasp.regular.automata.moore_machine import Accept, Target, check_asked

PROGRAM_HAS_A_RULE = (
    "accept and target go with expressions, automata and regular tasks: a program says itself what it answers"
)


@dataclass(frozen=True)
class AnswerRule:
    """Where a word's answer is given (`accept`), and what it is (`target`)."""

    accept: Accept
    target: Target = "membership"

    @property
    def in_words(self) -> str:
        """The rule as a phrase that follows the language's name."""
        if self == AnswerRule("end", "next"):
            return "answered after <sep>, which ends the word"
        what = {"membership": "accepted", "state": "the state known", "next": "what may follow known"}[self.target]
        return f"{what} {'at the last letter' if self.accept == 'last' else 'at an end marker after the last letter'}"


def answer_rule(accept: str | None, target: str | None, *, option: str = "") -> AnswerRule | None:
    """Return the rule that is asked for, or None if nothing is asked for.

    Args:
        accept: "end", "last" or None.
        target: "membership", "state", "next" or None.
        option: What stands before the names `accept` and `target` in messages.

    Raises:
        RefusedError: There is no such rule.
    """
    if accept is None and target is None:
        return None
    target = "membership" if target is None else target
    accept = ("last" if target == "next" else "end") if accept is None else accept
    check_asked(accept, target, option=option)
    return AnswerRule(accept, target)  # type: ignore[arg-type]  # both are choices
