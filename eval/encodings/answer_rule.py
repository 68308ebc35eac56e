"""What is asked of a language: where a word's answer is given, and what it is."""

from dataclasses import dataclass

from crasp.regular.automata.moore_machine import Accept, Target, check_asked

PROGRAM_HAS_A_RULE = (
    "accept and target go with expressions, automata and regular tasks: a program says itself what it answers"
)


@dataclass(frozen=True)
class AnswerRule:
    """Where a word's answer is given, and what it is."""

    accept: Accept
    target: Target = "membership"

    @property
    def in_words(self) -> str:
        """As what stands after the language's name."""
        if self == AnswerRule("end", "next"):
            return "answered after <sep>, which ends the word"
        what = {"membership": "accepted", "state": "the state known", "next": "what may follow known"}[self.target]
        return f"{what} {'at the last letter' if self.accept == 'last' else 'at an end marker after the last letter'}"


def answer_rule(accept: str | None, target: str | None, *, option: str = "") -> AnswerRule | None:
    """The rule that is asked for, None where nothing is; RefusedError for what is none, `option` before its name."""
    if accept is None and target is None:
        return None
    target = "membership" if target is None else target
    accept = ("last" if target == "next" else "end") if accept is None else accept
    check_asked(accept, target, option=option)
    return AnswerRule(accept, target)  # type: ignore[arg-type]  # both are choices
