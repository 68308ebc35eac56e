"""The command `verify`: what a directory holds against the program's meaning, at every output and position."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import isqrt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from crasp.console import Json
from crasp.errors import CraspError, Source
from crasp.loader import read_program
from tasks.ground.console import RefusedError, print_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crasp.interpreter import Words
    from crasp.ir import Program

EXHAUSTIVE = 3000  # words: by default all words are tried to the length that stays below
RANDOM_LENGTH = 100  # of random words where the certificate has no largest length
PAIRS = 1_000_000_000  # of positions in all random words: attention reads pairs, and these take seconds
AT_ONCE = 1 << 17  # tokens of the words that are run together
MOST_WORDS = 2_000_000
LONGEST = 1 << 20  # tokens of a random word that are asked for


class Machine(Protocol):
    """Anything that gives a program's outputs at every position."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs: tokens, `<eos>`, `<accept>`."""

    @property
    def max_length(self) -> int | None:
        """The largest length that is certified; None: every length is."""

    def answers(self, tokens: "NDArray[Any]", lengths: "NDArray[np.int64]") -> "NDArray[np.bool_]":
        """Where each output holds, (words, positions 0..n, outputs); tokens as in `Words`."""


@dataclass(frozen=True)
class Difference:
    """The first word, position and output at which a machine is not its program."""

    word: tuple[str, ...]
    position: int
    output: str
    program: bool


@dataclass(frozen=True)
class Verification:
    """How many words were compared, all of them to what length, and the first difference if there is one."""

    words: int
    exhaustive: int
    random: int
    longest: int
    difference: Difference | None


def verify(
    program: "Program",
    machine: Machine,
    *,
    exhaustive: int | None = None,
    random: int = 200,
    seed: int = 0,
    longest: int | None = None,
) -> Verification:
    """The machine against the interpreter: all words to a length, and random ones up to the certified length.

    `longest` bounds the random words' lengths further; without it they stay within what is run in seconds.
    """
    import numpy as np

    from crasp.interpreter import Words

    bound = machine.max_length
    reach = _reach(len(program.alphabet), bound) if exhaustive is None else exhaustive
    if bound is not None and reach > bound:
        raise RefusedError(f"the model is certified for words of {bound:,} tokens at most, asked for all to {reach:,}")
    if longest is None:
        longest = RANDOM_LENGTH if bound is None else isqrt(3 * PAIRS // max(1, random))
    bound = longest if bound is None else min(bound, longest)
    rng = np.random.default_rng(seed)
    words = reached = 0
    for batch in _batches(program, reach, random, bound, rng):
        words += len(batch.lengths)
        reached = max(reached, int(batch.lengths.max(initial=0)))
        difference = _first_difference(program, machine, Words(batch.tokens, batch.lengths))
        if difference is not None:
            return Verification(words, reach, random, reached, difference)
    return Verification(words, reach, random, reached, None)


def _reach(letters: int, bound: int | None) -> int:
    """The largest length to which there are few enough words."""
    length, words = 0, 1
    while words + letters ** (length + 1) <= EXHAUSTIVE and (bound is None or length < bound):
        length += 1
        words += letters**length
    return length


def _batches(program: "Program", reach: int, random: int, bound: int, rng: "np.random.Generator") -> Iterator["Words"]:
    import numpy as np

    from crasp.interpreter import Words, encode

    size = len(program.alphabet)
    for length in range(reach + 1):
        letters = product(program.alphabet, repeat=length)
        while chunk := [word for _, word in zip(range(max(1, AT_ONCE // (length + 1))), letters, strict=False)]:
            yield encode(program.alphabet, chunk)
    lengths = np.sort(rng.integers(0, bound + 1, random))
    start = 0
    while start < random:
        stop = min(random, start + max(1, AT_ONCE // (int(lengths[-1]) + 1)))
        some = lengths[start:stop]
        tokens = rng.integers(0, size, (len(some), int(some[-1])))
        tokens[np.arange(tokens.shape[1])[None, :] >= some[:, None]] = -1
        yield Words(tokens, some)
        start = stop


def _first_difference(program: "Program", machine: Machine, words: "Words") -> Difference | None:
    import numpy as np

    expected = _expected(program, machine.outputs, words)
    found = machine.answers(words.tokens, words.lengths)
    inside = np.arange(expected.shape[1])[None, :] <= words.lengths[:, None]
    wrong = np.argwhere((found != expected) & inside[:, :, None])
    if not len(wrong):
        return None
    row, position, output = wrong[0].tolist()
    letters = words.tokens[row, : words.lengths[row]].tolist()
    word = tuple(program.alphabet[letter] for letter in letters)
    return Difference(word, position, machine.outputs[output], bool(expected[row, position, output]))


def _expected(program: "Program", outputs: tuple[str, ...], words: "Words") -> "NDArray[np.bool_]":
    """What the interpreter says of each output, (words, positions, outputs)."""
    import numpy as np

    from crasp.compiler import ACCEPT, END
    from crasp.interpreter import Words, trace

    lines = {END if token == "eos" else token: line for token, line in program.next}
    if program.accept is not None:
        lines[ACCEPT] = program.accept
    if set(lines) != set(outputs):
        raise RefusedError(f"the machine's outputs {sorted(outputs)} are not the program's {sorted(lines)}")
    traced = trace(program, Words(words.tokens, words.lengths)).lines
    return np.stack([traced[lines[name]] for name in outputs], axis=2)


def verify_command(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="What `compile` wrote.")],
    exhaustive: Annotated[
        int | None, typer.Option(metavar="L", min=0, help="Try all words to length L; else as far as is quick.")
    ] = None,
    random: Annotated[
        int, typer.Option(metavar="M", min=0, help="Also M random words up to the certified length.")
    ] = 200,
    longest: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Random words of up to N tokens; else what takes seconds."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other words.")] = 0,
    as_json: Json = False,
) -> None:
    """Compare what a directory holds with the program's meaning; status 1 and the first difference if there is one."""
    from crasp.artifact import ArtifactError

    try:
        text, machine = load_machine(directory)
        program = read_program(Source(str(directory / "program.crasp"), text))
    except (ArtifactError, CraspError) as error:
        raise RefusedError(str(error)) from None
    reach = 0 if exhaustive is None else exhaustive
    if sum(len(program.alphabet) ** length for length in range(reach + 1)) > MOST_WORDS:
        raise RefusedError(f"--exhaustive {reach}: there are more than {MOST_WORDS:,} words of that length or less")
    _refuse_long(machine, longest)
    found = verify(program, machine, exhaustive=exhaustive, random=random, seed=seed, longest=longest)
    if as_json:
        print_json(_record(directory, found))
    else:
        print(_in_words(directory, found))
    if found.difference is not None:
        raise typer.Exit(1)


def _refuse_long(machine: Machine, longest: int | None) -> None:
    certified = machine.max_length
    if longest is not None and certified is not None and longest > certified:
        raise RefusedError(f"--longest {longest}: the model is certified for words of {certified:,} tokens at most")
    if longest is not None and longest > LONGEST:
        raise RefusedError(f"--longest {longest}: words of {LONGEST:,} tokens at most are tried")


def load_machine(directory: Path) -> tuple[str, Machine]:
    """The program's text and the machine in a directory; ArtifactError says what is wrong with it."""
    from crasp.artifact import EXACT, FORMAT, GPT2_FORMAT, ArtifactError, read_certificate, read_machine, read_text
    from limit_transformer.floats import realize_float

    format_ = read_certificate(directory)["format"]
    if format_ != FORMAT:
        try:
            return read_text(directory), _load_gpt2(directory) if format_ == GPT2_FORMAT else _load_torch(directory)
        except ValueError as error:
            raise ArtifactError(str(error)) from None
    stored = read_machine(directory)
    dtype, length = stored.certificate.get("dtype"), stored.certificate.get("max_length")
    if dtype == EXACT:
        return stored.text, _Exact(stored.machine)
    if dtype not in ("float32", "float64") or not isinstance(length, int):
        raise ArtifactError(
            f"{directory}: the certificate says neither exact numbers nor a length of floating-point ones"
        )
    try:
        return stored.text, realize_float(stored.machine, dtype, max_length=length)
    except ValueError as error:
        raise ArtifactError(f"{directory}: {error}") from None


def _load_gpt2(directory: Path) -> Machine:
    from limit_transformer.gpt2 import load_gpt2

    return load_gpt2(directory)


def _load_torch(directory: Path) -> Machine:
    from limit_transformer.realization import TorchRealization, load

    return TorchRealization(load(directory))


@dataclass(frozen=True)
class _Exact:
    """An exact machine."""

    machine: Any

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(self.machine.outputs)

    @property
    def max_length(self) -> None:
        return None

    def answers(self, tokens: "NDArray[Any]", lengths: "NDArray[np.int64]") -> "NDArray[np.bool_]":  # noqa: ARG002
        from limit_transformer.simulator import simulate

        return simulate(self.machine, tokens).answers()


def _record(directory: Path, found: Verification) -> dict[str, Any]:
    first = found.difference
    return {
        "directory": str(directory),
        "words": found.words,
        "exhaustive": found.exhaustive,
        "random": found.random,
        "longest": found.longest,
        "equal": first is None,
        "difference": None
        if first is None
        else {
            "word": list(first.word),
            "position": first.position,
            "output": first.output,
            "program": first.program,
            "machine": not first.program,
        },
    }


def _in_words(directory: Path, found: Verification) -> str:
    first = found.difference
    if first is None:
        return (
            f"{directory}: equal to its program at every output and position of {found.words:,} words:"
            f" all to length {found.exhaustive}, {found.random} random ones, the longest of {found.longest}"
        )
    word = json.dumps(" ".join(first.word), ensure_ascii=False)
    says = {True: "holds", False: "does not hold"}
    return (
        f"{directory}: on the word {word}, at position {first.position}, the output {first.output}"
        f" {says[first.program]} in the program and {says[not first.program]} in the machine"
    )
