"""What a task is: an alphabet, a sampler, labels of its own, and what the theory says of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from tasks.words import EOS, SEP, SPECIAL, Example, Sampler, Word

if TYPE_CHECKING:
    from tasks.languages.automaton import TaskAutomaton
    from tasks.languages.language import LetterLanguage
    from tasks.languages.task_origin import Origin

Encoding: TypeAlias = Literal["ape", "nope"]
ENCODINGS: Mapping[Encoding, str] = MappingProxyType({"ape": "APE", "nope": "NoPE"})  # name -> heading in tables
Verdict: TypeAlias = Literal["generalizes", "fails", "unknown"]
# How firmly a verdict stands:
#   theorem      it is a theorem about the idealised learner
#   expressible  a transformer that computes the task exists; that training finds it is not proved
#   excluded     no transformer of the stated arithmetic is right at all lengths; that training fails is a conjecture
#   conjecture   it is conjectured
#   evidence     it rests on the task's labels alone
#   not decided  the command that shows the task does not decide it
Standing: TypeAlias = Literal["theorem", "expressible", "excluded", "conjecture", "evidence", "not decided"]


@dataclass(frozen=True)
class TheoryRecord:
    """What the theory says of one positional encoding: the verdict, its reason and reference, and how firmly it stands.

    `witness` names the library program whose existence justifies the verdict; a record with the verdict "fails" has
    none.
    """

    verdict: Verdict
    because: str
    reference: str
    standing: Standing
    witness: str | None = None


@dataclass(frozen=True)
class Task:
    """Everything that is known of one task, as a value.

    `sample(rng, (shortest, longest), size)` draws `size` labelled words. Their lengths lie in that range, both ends
    included, and are drawn evenly from the lengths of which the task has words. It raises ValueError if there are none.

    `label(word)` labels any input, and is written independently of the sampler and of every program. For a task with an
    answer the word is x, which the answer follows; for addition x is `x + y =`, token by token. For any other task it
    is any word over the alphabet. It raises ValueError if the task has no answer for the word, as for a tie.

    `published` maps a setting ("APE", "NoPE", "APE+reg") to three published accuracies in percent: on the training
    lengths, and on two ranges of longer words.
    """

    name: str
    title: str
    summary: str  # first line: what is computed; each further line: a worked example
    family: str
    alphabet: tuple[str, ...]
    format: Literal["answer", "continuations"]
    sample: Sampler
    label: Callable[[Word], Example]
    theory: Mapping[Encoding, TheoryRecord]
    program: str | None  # name of the library program that computes it
    published: Mapping[str, tuple[float, float, float]]
    source: str
    separator: tuple[str, ...] = (SEP,)  # tokens between word and answer; empty where the word ends in its own mark
    measure: Literal["word", "answer"] = "word"  # whose letters the task's lengths count
    language: "LetterLanguage | None" = None  # whose words recognition draws; None for a task with an answer
    automaton: "Callable[[], TaskAutomaton] | None" = None  # makes that of the members; None if they are not regular
    origin: "Origin | None" = None  # what a person wrote to define the task; None for a task of the benchmark
    found: Callable[[tuple[int, int]], str] | None = None  # if words are searched for: says what a length range gave

    @property
    def shown(self) -> str:
        """The name that is shown to a person: the name in the benchmark, or that of the task's origin."""
        return self.name if self.origin is None else self.origin.name

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The tokens by id: the alphabet, then `<bos>`, `<sep>`, `<eos>`, `<pad>`."""
        return self.alphabet + SPECIAL

    @property
    def outputs(self) -> tuple[int, ...]:
        """The ids that may come next in a legal continuation: those of the alphabet, then that of `<eos>`."""
        return (*range(len(self.alphabet)), self.vocabulary.index(EOS))
