"""The subject of a prediction: what is predicted of it, and the task from which its words are drawn."""

from collections.abc import Callable
from dataclasses import dataclass

from crasp.errors import Source
from eval.prediction.decided_subject import DecidedQuestion, DecidedSubject
from eval.prediction.prediction import Prediction
from tasks.ground.automata.language import Language
from tasks.languages.task_origin import language_of_origin
from tasks.task import Task


@dataclass(frozen=True)
class AskedSubject:
    """A task, a program or a regular language; exactly one of the three is given."""

    task: Task | None = None
    source: Source | None = None
    language: Language | None = None

    def predictions(
        self, question: DecidedQuestion, shown: Callable[[DecidedSubject], list[Prediction]]
    ) -> list[Prediction]:
        """Return what is predicted of the subject.

        A task that is asked by its own rule has its predictions on record. Everything else is decided, and `shown`
        makes predictions of the decision.

        Raises:
            RefusedError: It cannot be decided by this rule, or is too large.
            CraspError, LoadError: The program cannot be read.
        """
        if self.task is not None and question.rule is None:
            if self.task.origin is None:
                from eval.prediction.task_ladder import predict_completely  # imports library and results

                return predict_completely(self.task, question.encodings, question.scheme)
            return _of_own_task(self.task, question)
        return shown(self._decided(question))

    def _decided(self, question: DecidedQuestion) -> DecidedSubject:
        if self.task is not None:
            return DecidedSubject.of_task(self.task, question)
        if self.source is not None:
            return DecidedSubject.of_program(self.source, question)
        assert self.language is not None
        return DecidedSubject.of_language(self.language, question)

    def task_of_words(self) -> Task:
        """Return the task from which words are drawn.

        Raises:
            ValueError: The language has no words that can be drawn.
            CraspError: The program cannot be read.
        """
        if self.task is not None:
            return self.task
        if self.language is not None:
            from tasks.language_tasks import task_of_language  # imports all that draws words

            return task_of_language(self.language)
        from eval.subjects.program_task import task_of_source  # imports numpy, which a verdict alone does not need

        assert self.source is not None
        return task_of_source(self.source, self.source.name)

    @property
    def regular_language(self) -> Language | None:
        """The regular language that the subject is, or by which its task was given; None if there is none."""
        origin = None if self.task is None else self.task.origin
        return self.language if origin is None or origin.kind == "program" else language_of_origin(origin)


def _of_own_task(task: Task, question: DecidedQuestion) -> list[Prediction]:
    from eval.subjects.own_tasks import predict_origin, predict_under  # imported here for the same reason

    assert task.origin is not None
    if question.scheme is not None:
        return [predict_under(task, question.scheme, check=True)]
    predicted = predict_origin(task.origin, write=True)
    return [predicted[encoding] for encoding in question.encodings]
