"""A task, a program or a language to be decided: first its verdicts, then the programs and certificates for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from crasp.errors import Source
from crasp.regular.automata.automaton import SizeError
from crasp.regular.families.family import Family
from eval.encodings.answer_rule import PROGRAM_HAS_A_RULE, AnswerRule
from eval.encodings.judgement import judge_encoding
from eval.prediction.decided_prediction import (
    AT_THE_END,
    GivenLanguage,
    given_language,
    language_of_task,
    with_allowed_parameters,
    with_modulus,
)
from eval.prediction.prediction import Prediction, under
from eval.prediction.time_budget import shown_in_time, verdicts
from tasks.ground.automata.language import Language
from tasks.ground.console import RefusedError
from tasks.ground.limited_process import Worker
from tasks.languages.task_origin import language_of_origin
from tasks.position_schemes import PositionScheme, SinusoidalPositions
from tasks.task import Encoding, Task


@dataclass(frozen=True)
class DecidedQuestion:
    """What is asked about a subject: under which encodings, by which rule, and under which further encoding.

    If `scheme` is given, it is this further encoding, and `encodings` only say which programs are looked for.
    """

    encodings: tuple[Encoding, ...]
    rule: AnswerRule | None = None
    scheme: PositionScheme | None = None


def _shown_by_itself(scheme: PositionScheme, asked: Mapping[Encoding, Prediction | GivenLanguage]) -> bool:
    """Whether the program is itself a witness under the encoding, so that no other program has to be found."""
    return all(
        isinstance(own, Prediction)
        and own.ladder is not None
        and judge_encoding(scheme, own.ladder).verdict == "generalizes"
        for own in asked.values()
    )


class DecidedSubject:
    """The decisions about one subject; the constructor raises RefusedError if the subject is too large."""

    def __init__(
        self,
        asked: Mapping[Encoding, Prediction | GivenLanguage],
        scheme: PositionScheme | None,
    ) -> None:
        repeats = getattr(scheme, "modulus", None)
        asked = {pe: replace(a, repeats=repeats) if isinstance(a, GivenLanguage) else a for pe, a in asked.items()}
        self._asked, self._scheme = asked, scheme
        try:
            self._alone = verdicts(asked)
            # The verdict depends on the modulus, and for a table of sines so does the length up to which it holds.
            if repeats is not None or isinstance(scheme, SinusoidalPositions):
                self._alone = [
                    with_modulus(each, found) if isinstance(each, GivenLanguage) else found
                    for each, found in zip(asked.values(), self._alone, strict=True)
                ]
        except SizeError as error:
            raise RefusedError(str(error)) from None

    @classmethod
    def of_task(cls, task: Task, question: DecidedQuestion) -> "DecidedSubject":
        """A regular task, judged by a rule that may differ from its own.

        Raises:
            RefusedError: The task is not regular, or too large.
        """
        assert question.rule is not None
        if task.origin is not None and task.origin.kind != "program":
            return cls.of_language(language_of_origin(task.origin), question)
        return cls(dict.fromkeys(question.encodings, language_of_task(task, question.rule)), question.scheme)

    @classmethod
    def of_program(cls, source: Source, question: DecidedQuestion) -> "DecidedSubject":
        """A program; if a small automaton answers as it does, another program may need less.

        Raises:
            RefusedError: A rule was asked for, or the automaton is too large.
        """
        if question.rule is not None:
            raise RefusedError(PROGRAM_HAS_A_RULE)
        from eval.prediction.program_prediction import explored  # this imports lark, which only programs need

        try:
            asked = {pe: explored(source, pe) for pe in question.encodings}
            if question.scheme is not None and not _shown_by_itself(question.scheme, asked):
                with_less = explored(source, "nope")
                if isinstance(with_less, GivenLanguage):
                    asked = dict.fromkeys(question.encodings, with_less)
        except SizeError as error:
            raise RefusedError(str(error)) from None
        return cls(asked, question.scheme)

    @classmethod
    def of_language(cls, language: Language, question: DecidedQuestion) -> "DecidedSubject":
        """A regular language, judged at an end marker if no rule is asked for.

        Raises:
            RefusedError: The language is too large.
        """
        given = given_language(language, question.rule or AT_THE_END)
        return cls(dict.fromkeys(question.encodings, given), question.scheme)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remarks for the person who gave the language."""
        asked = next(iter(self._asked.values()))
        return asked.remarks if isinstance(asked, GivenLanguage) else ()

    @property
    def verdicts(self) -> list[Prediction]:
        """The verdict for each encoding, without the programs or certificates that show them."""
        return [self._judged(each, found) for each, found in zip(self._asked.values(), self._alone, strict=True)]

    def shown(
        self, seconds: float | None, go_on: str, on_parameters: Callable[[Prediction], None] | None = None
    ) -> list[Prediction]:
        """The prediction for each encoding, with a program or a certificate if it was found in time.

        Args:
            seconds: How long the search for what shows one verdict may take; None for no limit.
            go_on: The command that continues the search, which is shown if the time is up.
            on_parameters: Called as soon as the modulus and the look-back of a program are known.
        """
        shown: list[Prediction] = []

        def known(prediction: Prediction) -> None:
            if on_parameters is not None and prediction.parameters is not None:
                on_parameters(prediction)

        with Worker() as worker:
            for asked, alone in zip(self._asked.values(), self._alone, strict=True):
                if isinstance(asked, Prediction):
                    shown.append(self._judged(asked, alone))
                    continue
                whole = not shown  # the parameters on the ladder are the same for every encoding
                found = shown_in_time(
                    alone,
                    asked,
                    worker,
                    seconds,
                    go_on,
                    whole=whole,
                    against=self._against(alone),
                    on_parameters=lambda found, asked=asked: known(self._judged(asked, found)),  # type: ignore[misc]
                )
                shown.append(self._judged(asked, found if whole else replace(found, ladder=shown[0].ladder)))
        return shown

    def with_allowed_parameters(self, predictions: Sequence[Prediction]) -> list[Prediction]:
        """The predictions of `shown` with the modulus and look-back of the programs that the encodings allow.

        A coverage floor follows from these, so a forecast needs them even if `shown` had no time to find them.
        """
        return [
            with_allowed_parameters(asked, found) if isinstance(asked, GivenLanguage) else found
            for asked, found in zip(self._asked.values(), predictions, strict=True)
        ]

    def _judged(self, asked: Prediction | GivenLanguage, prediction: Prediction) -> Prediction:
        if self._scheme is None:
            return prediction
        judged = under(self._scheme, prediction)
        if isinstance(asked, Prediction) or asked.explored is None:
            return judged
        return replace(judged, because=f"{asked.explored} {judged.because}", standing="conjecture")

    def _against(self, alone: Prediction) -> Family | None:
        """The family for which a certificate is wanted besides the one that shows the verdict itself."""
        if self._scheme is None or alone.ladder is None:
            return None
        return judge_encoding(self._scheme, alone.ladder).against
