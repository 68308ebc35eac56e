"""What a task is: an alphabet, a sampler, labels of its own, and what the theory says of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from tasks.words import EOS, SEP, SPECIAL, Example, Sampler, Word

if TYPE_CHECKING:
    from tasks.languages.language import LetterLanguage
    from tasks.languages.task_origin import Origin

Encoding: TypeAlias = Literal["ape", "nope"]
ENCODINGS: Mapping[Encoding, str] = MappingProxyType({"ape": "APE", "nope": "NoPE"})  # and how tables call each
Verdict: TypeAlias = Literal["generalizes", "fails", "unknown"]
# How firmly a verdict stands: theorem of the idealised learner; expressible, a transformer exists and learning is not
# proved; excluded, no transformer of the stated arithmetic is right at all lengths and failure of training is a
# conjecture; conjecture; evidence of the labels alone; not decided by the command that shows it.
Standing: TypeAlias = Literal["theorem", "expressible", "excluded", "conjecture", "evidence", "not decided"]


@dataclass(frozen=True)
class TheoryRecord:
    """What the theory says of one positional encoding: a verdict, why, by whom, and how firmly.

    `witness` names a program of the library, whose existence makes the verdict; a record that fails has none.
    """

    verdict: Verdict
    because: str
    reference: str
    standing: Standing
    witness: str | None = None


@dataclass(frozen=True)
class Task:
    """A value: everything that is known of one task.

    `sample(rng, (shortest, longest), size)` draws labelled words whose lengths lie between the two, drawn
    evenly over the lengths that exist; ValueError where none does. `label(word)` labels any input, written
    apart from the sampler and from every program: for an answer task the word is x (for addition `x + y =`,
    token by token), else any word over the alphabet; ValueError where the task has no answer for it (a tie).
    `published` maps a setting ("APE", "NoPE", "APE+reg") to the three published accuracies in percent.
    """

    name: str
    title: str
    summary: str  # what is computed, then two worked examples
    family: str
    alphabet: tuple[str, ...]
    format: Literal["answer", "continuations"]
    sample: Sampler
    label: Callable[[Word], Example]
    theory: Mapping[Encoding, TheoryRecord]
    program: str | None  # name of the library program that computes it
    published: Mapping[str, tuple[float, float, float]]
    source: str
    separator: tuple[str, ...] = (SEP,)  # between a word and its answer: none where the word ends in its own mark
    measure: Literal["word", "answer"] = "word"  # which of the two the task's lengths are of
    language: "LetterLanguage | None" = None  # what recognition draws non-members with; None for a task with an answer
    origin: "Origin | None" = None  # what a person gave the task by; None for the benchmark's
    found: Callable[[tuple[int, int]], str] | None = None  # where words are searched: what was found of some lengths

    @property
    def shown(self) -> str:
        """What a person calls the task: its name in the benchmark, or that of its origin."""
        return self.name if self.origin is None else self.origin.name

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The tokens by id: the alphabet, then `<bos>`, `<sep>`, `<eos>`, `<pad>`."""
        return self.alphabet + SPECIAL

    @property
    def outputs(self) -> tuple[int, ...]:
        """The ids that may come next in legal continuations: the alphabet's, then that of `<eos>`."""
        return (*range(len(self.alphabet)), self.vocabulary.index(EOS))
