"""An automaton of a model, learnt by asking: an observation table with masks as outputs, on words up to a cap.

The cap is the greatest length of a word. The row of a prefix consists of the masks after all prefixes of each suffix.
Each counterexample adds one distinguishing suffix, found by bisection (Rivest and Schapire 1993). After a forbidden
letter everything is dead, so nothing is asked.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from crasp.meaning.interpreter import Words
from crasp.regular.automata.automaton import Automaton, minimise
from eval.explain.next_sets import DEAD, AutomatonSets, NextSets, words_of
from eval.explain.word_walks import shortest_difference

LetterWord: TypeAlias = tuple[int, ...]
MaskRow: TypeAlias = tuple[int, ...]
FindWords: TypeAlias = Callable[[Automaton], Words]  # gives the words on which a hypothesis is tried


class NoMachineError(Exception):
    """There is no machine within the limits; the message says which limit was met.

    `reached` is the number of states that the table had by then. `too_short` says that the cap was met, and not the
    limit on states.
    """

    def __init__(self, message: str, reached: int, *, too_short: bool = False) -> None:
        super().__init__(message)
        self.reached = reached
        self.too_short = too_short


@dataclass(frozen=True)
class RememberedSets:
    """The next-sets of a source, which is asked about each word only once."""

    source: NextSets
    known: dict[LetterWord, MaskRow] = field(default_factory=dict)

    def learn(self, words: Iterable[LetterWord]) -> None:
        """Ask about all words that are new, in one batch."""
        new = sorted({word for word in words if word not in self.known})
        if new:
            masks = self.source.masks(words_of(new))
            for word, row in zip(new, masks.tolist(), strict=True):
                self.known[word] = tuple(row[: len(word) + 1])

    def after(self, word: LetterWord) -> MaskRow:
        """The masks after all prefixes of the word."""
        if word not in self.known:
            self.learn([word])
        return self.known[word]


@dataclass
class ObservationTable:
    """An observation table: access words, one for each state, and the suffixes that tell the states apart."""

    asked: RememberedSets
    letters: int
    cap: int
    most_states: int
    access: list[LetterWord] = field(default_factory=lambda: [()])
    suffixes: list[LetterWord] = field(default_factory=lambda: [()])

    def _row(self, word: LetterWord) -> MaskRow:
        return tuple(mask for suffix in self.suffixes for mask in self.asked.after(word + suffix)[len(word) :])

    def _allowed(self, word: LetterWord) -> list[int]:
        mask = self.asked.after(word)[-1]
        return [letter for letter in range(self.letters) if mask != DEAD and mask >> letter & 1]

    def closed(self) -> Automaton:
        """The hypothesis, once every successor of a state is a state.

        Raises:
            NoMachineError: More states or longer words are needed than are allowed.
        """
        while True:
            steps = [(*word, letter) for word in self.access for letter in self._allowed(word)]
            wanted = [word + suffix for word in [*self.access, *steps] for suffix in self.suffixes]
            if max(map(len, wanted)) > self.cap:
                message = f"states need words longer than {self.cap} to be told apart"
                raise NoMachineError(message, len(self.access), too_short=True)
            self.asked.learn(wanted)
            states: dict[MaskRow, int] = {}
            for number, word in enumerate(self.access):
                states.setdefault(self._row(word), number)
            new: dict[MaskRow, LetterWord] = {}
            for word in steps:
                row = self._row(word)
                if row not in states:
                    new.setdefault(row, word)
            if not new:
                return self._hypothesis(states)
            self.access += new.values()
            if len(self.access) > self.most_states:
                raise NoMachineError(f"more than {self.most_states} states", len(self.access))

    def _hypothesis(self, states: dict[MaskRow, int]) -> Automaton:
        dead = len(self.access)
        rows = [[dead] * self.letters for _ in range(dead + 1)]
        for number, word in enumerate(self.access):
            for letter in self._allowed(word):
                rows[number][letter] = states[self._row((*word, letter))]
        outputs = (*(self.asked.after(word)[-1] for word in self.access), 0)
        return Automaton(tuple(map(str, range(self.letters))), tuple(map(tuple, rows)), outputs)

    def split(self, machine: Automaton, word: LetterWord) -> None:
        """Add a suffix that tells apart two prefixes that the machine confuses.

        Args:
            machine: The hypothesis.
            word: A counterexample: a word after which the model's mask differs from the machine's.

        Raises:
            NoMachineError: The suffix is known already, so no machine fits the answers.
        """
        states = [0]
        for letter in word:
            states.append(machine.successors[states[-1]][letter])

        def end(number: int) -> int:
            """The model's mask after the word, its first `number` letters replaced by their state's access word."""
            state = states[number]
            return DEAD if state >= len(self.access) else self.asked.after(self.access[state] + word[number:])[-1]

        low, high = 0, len(word)
        first = end(0)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if end(middle) == first else (low, middle)
        suffix = word[high:]
        if suffix in self.suffixes:
            raise NoMachineError("the answers do not fit any machine", len(self.access))
        self.suffixes.append(suffix)


def learn_machine(
    asked: RememberedSets,
    *,
    cap: int,
    most_states: int,
    suffixes: Sequence[LetterWord],
    words: FindWords,
    alphabet: tuple[str, ...],
) -> tuple[Automaton, tuple[LetterWord, ...]]:
    """The minimal automaton that agrees with the model on the words tried, and the suffixes that made it.

    Args:
        asked: The model.
        cap: The longest word that the model is asked about while the table is filled.
        most_states: The largest number of states of the table.
        suffixes: Distinguishing suffixes to start from; those longer than half the cap are left out.
        words: Gives the words on which a hypothesis is tried.
        alphabet: The names of the letters.

    Raises:
        NoMachineError: No machine within the limits gives the model's answers.
    """
    kept = [suffix for suffix in suffixes if suffix and 2 * len(suffix) <= cap]
    table = ObservationTable(asked, len(alphabet), cap, most_states, suffixes=[(), *kept])
    while True:
        machine = table.closed()
        tried = words(machine)
        found = shortest_difference(asked.source.masks(tried), AutomatonSets(machine).masks(tried), tried)
        if found is None:
            return _minimal(machine, alphabet), tuple(table.suffixes)
        table.split(machine, found.word)


def _minimal(machine: Automaton, alphabet: tuple[str, ...]) -> Automaton:
    successors, kept = minimise(machine.successors, machine.outputs)
    return Automaton(alphabet, successors, tuple(machine.outputs[state] for state in kept))
