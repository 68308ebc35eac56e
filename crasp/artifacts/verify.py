"""The command `verify`: compares the model in a directory with its program, at every output and position of words."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import isqrt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crasp.errors import CraspError, Source
from tasks.ground.console import AsJson, RefusedError, print_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crasp.meaning.interpreter import Words
    from crasp.meaning.ir import Program
    from limit_transformer.machine.answers import Realization

EXHAUSTIVE_WORDS = 3000  # by default, all words are tried up to the largest length with at most so many in all
RANDOM_LENGTH = 100  # tokens of random words if the certificate has no largest length
RANDOM_PAIRS = 1_000_000_000  # pairs of positions in all random words, which attention reads in a few seconds
TOKENS_AT_ONCE = 1 << 17  # tokens of the words that are run together
MOST_WORDS = 2_000_000  # the most words that are tried
MOST_PAIRS = 4_000_000_000  # the most pairs of positions in all words up to a length
MOST_TOKENS = 1 << 20  # the most tokens of a random word


@dataclass(frozen=True)
class Difference:
    """The first word, position and output at which a machine differs from its program.

    `program` is the program's answer there.
    """

    word: tuple[str, ...]
    position: int
    output: str
    program: bool


@dataclass(frozen=True)
class Verification:
    """The result of a comparison of a machine with its program.

    words       how many words were compared
    exhaustive  the length up to which all words were to be compared
    random      how many random words were to be compared
    longest     the length of the longest word that was compared
    difference  the first difference, None if there is none
    """

    words: int
    exhaustive: int
    random: int
    longest: int
    difference: Difference | None


def verify(
    program: "Program",
    machine: "Realization",
    *,
    exhaustive: int | None = None,
    random: int = 200,
    seed: int = 0,
    longest: int | None = None,
) -> Verification:
    """Compares the machine with the interpreter: on all words up to a length, and on random words.

    Args:
        program: The program.
        machine: The machine, which has the program's outputs.
        exhaustive: The length up to which all words are tried; None for one that takes little time.
        random: How many random words are tried, up to the certified length.
        seed: The seed of the random words.
        longest: A further bound on their lengths, in tokens; None for one that takes a few seconds.

    Raises:
        RefusedError: The exhaustive length is larger than the certified one, or the outputs differ.
    """
    import numpy as np

    bound = machine.max_length
    reach = _reach(len(program.alphabet), bound) if exhaustive is None else exhaustive
    if bound is not None and reach > bound:
        raise RefusedError(
            f"the model is certified for words of at most {bound:,} tokens, not for all words to {reach:,}"
        )
    if longest is None:
        longest = RANDOM_LENGTH if bound is None else isqrt(3 * RANDOM_PAIRS // max(1, random))
    bound = longest if bound is None else min(bound, longest)
    rng = np.random.default_rng(seed)
    words = reached = 0
    for batch in _batches(program, reach, random, bound, rng):
        words += len(batch.lengths)
        reached = max(reached, int(batch.lengths.max(initial=0)))
        difference = _first_difference(program, machine, batch)
        if difference is not None:
            return Verification(words, reach, random, reached, difference)
    return Verification(words, reach, random, reached, None)


def _reach(letters: int, bound: int | None) -> int:
    """The largest length up to which there are at most EXHAUSTIVE_WORDS words."""
    length, words = 0, 1
    while words + letters ** (length + 1) <= EXHAUSTIVE_WORDS and (bound is None or length < bound):
        length += 1
        words += letters**length
    return length


def _batches(program: "Program", reach: int, random: int, bound: int, rng: "np.random.Generator") -> Iterator["Words"]:
    import numpy as np

    from crasp.meaning.interpreter import Words, encode

    size = len(program.alphabet)
    for length in range(reach + 1):
        letters = product(program.alphabet, repeat=length)
        while chunk := [word for _, word in zip(range(max(1, TOKENS_AT_ONCE // (length + 1))), letters, strict=False)]:
            yield encode(program.alphabet, chunk)
    lengths = np.sort(rng.integers(0, bound + 1, random))
    start = 0
    while start < random:
        stop = min(random, start + max(1, TOKENS_AT_ONCE // (int(lengths[-1]) + 1)))
        some = lengths[start:stop]
        tokens = rng.integers(0, size, (len(some), int(some[-1])))
        tokens[np.arange(tokens.shape[1])[None, :] >= some[:, None]] = -1
        yield Words(tokens, some)
        start = stop


def _first_difference(program: "Program", machine: "Realization", words: "Words") -> Difference | None:
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
    """The interpreter's answers for the outputs, of shape (words, positions, outputs)."""
    from crasp.compiler.compiler import ACCEPT, END
    from crasp.meaning.interpreter import run

    lines = {END if token == "eos" else token: line for token, line in program.next}
    if program.accept is not None:
        lines[ACCEPT] = program.accept
    if set(lines) != set(outputs):
        raise RefusedError(f"the machine's outputs {sorted(outputs)} are not the program's {sorted(lines)}")
    answering = replace(program, accept=None, next=tuple((name, lines[name]) for name in outputs))
    return run(answering, words).next


def verify_command(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory that `compile` wrote.")],
    exhaustive: Annotated[
        int | None,
        typer.Option(metavar="L", min=0, help="Try all words up to length L; by default up to a length that is quick."),
    ] = None,
    random: Annotated[
        int, typer.Option(metavar="M", min=0, help="Also compare M random words up to the certified length.")
    ] = 200,
    longest: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Longest random word, in tokens; by default as long as seconds allow."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other words.")] = 0,
    words_only: Annotated[
        bool, typer.Option("--words-only", help="Do not compile again to check what the certificate claims.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare a directory's model and its certificate's claims with the program; status 1 if they differ."""
    from crasp.artifacts.certificate_claims import broken_claims
    from crasp.artifacts.directory import ArtifactError, changed_files, parse_certificate, read_text, unrecorded_files
    from crasp.artifacts.targets import read_realization
    from crasp.compiler.footprint import CapacityError
    from crasp.text.loader import read_program

    found = None
    try:
        certificate = parse_certificate(directory)
        broken = [*changed_files(directory, certificate), *unrecorded_files(directory, certificate)]
        if certificate.get("program_sha256") != certificate["files"]["program.crasp"]:
            broken.append(f"{directory / 'certificate.json'}: program_sha256 is not the hash of its program.crasp")
        # A model that was changed since is not run, because it may be anything.
        if not broken:
            text = read_text(directory)
            program = read_program(Source(str(directory / "program.crasp"), text))
            machine = read_realization(directory, certificate["format"], certificate)
            _check(program, machine, exhaustive, random, longest)
            found = verify(program, machine, exhaustive=exhaustive, random=random, seed=seed, longest=longest)
            broken = [] if words_only else broken_claims(directory, certificate, text)
    except (ArtifactError, CapacityError, CraspError) as error:
        raise RefusedError(str(error)) from None
    if as_json:
        print_json(_record(directory, found, broken, claims=not words_only))
    else:
        print("\n".join([*broken, *([] if found is None else [_in_words(directory, found)])]))
        if not broken and not words_only:
            print(f"{directory}: its certificate holds: compiled again, the program gives the same files and claims")
    if broken or found is None or found.difference is not None:
        raise typer.Exit(1)


def _check(
    program: "Program", machine: "Realization", exhaustive: int | None, random: int, longest: int | None
) -> None:
    """Raises RefusedError for words that cannot be tried, before any are made."""
    certified, letters = machine.max_length, len(program.alphabet)
    if letters != machine.letters:
        raise RefusedError(f"the program has an alphabet of {letters:,} tokens, the machine one of {machine.letters:,}")
    if exhaustive is not None and certified is not None and exhaustive > certified:
        raise RefusedError(f"the model is certified for words of {certified:,} tokens at most, not {exhaustive:,}")
    if exhaustive is not None and not _few(letters, exhaustive):
        raise RefusedError(
            f"--exhaustive {exhaustive}: there are more than {MOST_WORDS:,} words of that length or less, "
            "or they are too long to be tried"
        )
    if random > MOST_WORDS:
        raise RefusedError(f"--random {random}: {MOST_WORDS:,} words at most are tried")
    if longest is not None and certified is not None and longest > certified:
        raise RefusedError(f"--longest {longest}: the model is certified for words of {certified:,} tokens at most")
    if longest is not None and longest > MOST_TOKENS:
        raise RefusedError(f"--longest {longest}: words of {MOST_TOKENS:,} tokens at most are tried")


def _few(letters: int, longest: int) -> bool:
    """Whether there are few enough words up to this length, and short enough. Attention reads pairs of positions."""
    words = pairs = 0
    for length in range(longest + 1):
        number = letters**length
        words, pairs = words + number, pairs + number * (length + 1) ** 2
        if words > MOST_WORDS or pairs > MOST_PAIRS:
            return False
    return True


def _record(directory: Path, found: Verification | None, broken: list[str], *, claims: bool) -> dict[str, Any]:
    first = None if found is None else found.difference
    return {
        "directory": str(directory),
        "words": 0 if found is None else found.words,
        "exhaustive": 0 if found is None else found.exhaustive,
        "random": 0 if found is None else found.random,
        "longest": 0 if found is None else found.longest,
        "equal": None if found is None else first is None,
        "difference": None
        if first is None
        else {
            "word": list(first.word),
            "position": first.position,
            "output": first.output,
            "program": first.program,
            "machine": not first.program,
        },
        "claims": {"checked": claims and found is not None, "broken": broken},
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
