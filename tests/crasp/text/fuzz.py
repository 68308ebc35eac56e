"""Random programs, and texts with mistakes, through every command of the language: `make fuzz-language`.

A round is one number. It makes a program, texts with mistakes, a program of the published interpreter's dialect and one
with mistakes, and asks of each what must hold: nothing ends in an exception, formatting changes neither meaning nor
itself, and every definition of meaning says the same. Most go through the functions, some through the commands.
"""

import argparse
import contextlib
import io
import json
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from crasp.__main__ import main
from crasp.errors import CraspError
from crasp.errors import Source as Text
from crasp.importing.program import import_program
from crasp.meaning.interpreter import encode, run, trace
from crasp.meaning.recognizer import recognize
from crasp.text.formatter import format_text
from crasp.text.loader import read_program
from crasp.text.parser import parse
from crasp.text.sources import library_names, load_source
from tests.crasp.importing.cr_programs import cr_program_of, cr_text, outputs
from tests.crasp.meaning.expression_strategies import Source
from tests.crasp.meaning.reference_evaluator import evaluate
from tests.crasp.meaning.rendering import rendered
from tests.crasp.meaning.strategies import program_of
from tests.crasp.text.damage import STRANGERS, damaged

COMMANDS = 0.2  # of the texts go through the commands too
CR_STRANGERS = ("&&", "!", "#[j <= i]", "#import x", "i % 2", "if", "else", "Q_(", "Q_", "\n", "=", "==", "(", ")", "j")


class RandomSource(Source):
    """Choices from Python's generator."""

    def __init__(self, chooser: random.Random) -> None:
        self.chooser = chooser

    def upto(self, greatest: int) -> int:
        return self.chooser.randint(0, greatest)


class Room:
    """A directory in which commands are run, and how they have ended."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.counts: Counter[str] = Counter()

    def command(self, *arguments: str, allowed: tuple[int, ...] = (0, 2)) -> tuple[int, str, str]:
        out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(list(arguments))
            out.flush()
        printed = out.buffer.getvalue().decode()  # type: ignore[attr-defined]
        assert status in allowed, (arguments, status, err.getvalue())
        assert "Traceback" not in err.getvalue()
        assert (status == 2) <= bool(err.getvalue() or printed), (arguments, "refused without a word")
        self.counts[f"{arguments[0]} {status}"] += 1
        return status, printed, err.getvalue()

    def file(self, name: str, text: str) -> str:
        path = self.directory / name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return str(path)

    def text(self, name: str) -> str:
        return (self.directory / name).read_bytes().decode("utf-8")


def fuzz_round(seed: int, room: Room) -> None:
    """One round; AssertionError where something does not hold."""
    chooser = random.Random(seed)
    source = RandomSource(chooser)
    program = program_of(source)
    check_program(rendered(program, chooser.randint(0, 2**32)), room, chooser)
    check_text(damaged(program, chooser.randint(0, 2**32)), room, chooser)
    library = load_source(f"lib:{chooser.choice(library_names())}").text
    if len(library) < 2000:
        check_text(mutated(library, chooser, STRANGERS), room, chooser)
    theirs = cr_program_of(source)
    text = cr_text(theirs, chooser.randint(0, 2**32))
    word = tuple(chooser.choices(theirs.letters, k=chooser.randint(0, 6)))
    imported = import_program(room.file("theirs.cr", text), theirs.letters).text
    made = read_program(Text("theirs", imported))
    accept = made.accept
    assert accept is not None
    assert trace(made, encode(made.alphabet, [word])).lines[accept][0].tolist() == outputs(theirs, word), text
    check_program(imported, room, chooser)
    check_import(mutated(text, chooser, CR_STRANGERS), room, chooser)


def check_program(text: str, room: Room, chooser: random.Random) -> None:
    """What must hold of a legal program."""
    room.counts["programs"] += 1
    made = read_program(Text("p", text))
    tree = parse(Text("p", text))
    formatted = format_text(Text("p", text))
    assert parse(Text("p", formatted)) == tree, text
    assert format_text(Text("p", formatted)) == formatted, text
    words = [tuple(chooser.choices(made.alphabet, k=chooser.randint(0, 5))) for _ in range(3)]
    batch = encode(made.alphabet, words)
    values, answers = trace(made, batch), run(made, batch)
    for row, word in enumerate(words):
        expected = evaluate(tree, word)
        found = [values.lines[d.line][row, : len(word) + 1].tolist() for d in made.definitions]
        assert list(zip([d.display for d in made.definitions], map(tuple, found), strict=True)) == list(expected.values)
        moments = list(recognize(made, word))
        assert [[m.values[d.line] for m in moments] for d in made.definitions] == found
        assert answers.accept is None or bool(answers.accept[row]) == moments[-1].accept
    if chooser.random() < COMMANDS:
        check_commands(text, formatted, words, room)


def check_commands(text: str, formatted: str, words: list[tuple[str, ...]], room: Room) -> None:
    """The commands say of a legal program what the page says."""
    file = room.file("p.crasp", text)
    tree = parse(Text("p", text))
    room.command("check", file, "--json", allowed=(0,))
    room.command("fmt", file, allowed=(0,))
    assert room.text("p.crasp") == formatted
    room.command("fmt", "--check", file, allowed=(0,))
    lines = "\n".join(" ".join(word) + " " for word in words)  # the space: a word is split on it, not into characters
    printed = room.command("run", file, "--json", "--input", room.file("words", lines), allowed=(0,))[1]
    for word, line in zip(words, printed.rstrip("\n").split("\n"), strict=True):
        record, expected = json.loads(line), evaluate(tree, word)
        assert record["word"] == list(word)
        assert record["accept"] == (None if expected.accept is None else expected.accept[-1])
        if expected.next is not None:
            assert [set(each) for each in record["next"]] == [set(each) for each in expected.next]
    printed = room.command("trace", file, "--json", "--", " ".join(words[0]) + " ", allowed=(0,))[1]
    rows = {line["name"]: tuple(line["values"]) for line in json.loads(printed)["lines"]}
    assert rows == dict(evaluate(tree, words[0]).values)


def check_text(text: str, room: Room, chooser: random.Random) -> None:
    """What must hold of any text: it is a program, or refused by every command, and left as it is."""
    room.counts["texts"] += 1
    source = Text("t.crasp", text)
    error = _refusal(source)
    if error is None:
        check_program(text, room, chooser)
        return
    assert all(f"t.crasp:{p.span.line}:{p.span.column}: " in str(error) for p in error.problems)
    formatted = None
    with contextlib.suppress(CraspError):
        formatted = format_text(source)
    if formatted is not None:  # names or kinds are wrong, and stay as wrong
        assert parse(Text("t", formatted)) == parse(source)
        assert format_text(Text("t", formatted)) == formatted
    if chooser.random() < COMMANDS:
        file = room.file("t.crasp", text)
        for arguments in (["check", file], ["run", file, "a", "b b"], ["trace", file, "a"]):
            assert "t.crasp:" in room.command(*arguments, allowed=(2,))[2]
        room.command("fmt", file, allowed=(2 if formatted is None else 0,))
        assert room.text("t.crasp") == (text if formatted is None else formatted)


def _refusal(source: Text) -> CraspError | None:
    try:
        read_program(source)
    except CraspError as error:
        return error
    return None


def check_import(text: str, room: Room, chooser: random.Random) -> None:
    """What must hold of any text of the other dialect: it is imported as a legal program, or refused in its place."""
    room.counts["foreign texts"] += 1
    file, out = room.file("m.cr", text), room.directory / "m.crasp"
    out.unlink(missing_ok=True)
    status, printed, told = room.command("import", file, "-o", str(out))
    assert printed == ""
    assert out.exists() == (status == 0)
    if status == 0:
        check_program(room.text("m.crasp"), room, chooser)
    else:
        assert "m.cr:" in told, told


def mutated(text: str, chooser: random.Random, strangers: tuple[str, ...]) -> str:
    """The text with a few of its characters or words gone, doubled, exchanged or strange."""
    for _ in range(chooser.randint(1, 4)):
        at, other = chooser.randint(0, len(text)), chooser.randint(0, len(text))
        to = at + chooser.choice((0, 1, 1, 2, 8))
        instead = chooser.choice(("", text[at:to] * 2, chooser.choice(strangers), text[other : other + 6]))
        text = text[:at] + instead + text[to:]
    return text


def fuzz(seconds: float, first: int) -> None:
    """Rounds from the number `first` on, for so many seconds; what was done is printed."""
    with tempfile.TemporaryDirectory() as directory:
        room = Room(Path(directory))
        end, seed = time.monotonic() + seconds, first
        while time.monotonic() < end:
            try:
                fuzz_round(seed, room)
            except BaseException:
                print(f"round {seed} failed; again: python -m tests.crasp.text.fuzz --first {seed} --seconds 0.1")
                raise
            seed += 1
    print(f"{seed - first:,} rounds: " + ", ".join(f"{name}: {n:,}" for name, n in sorted(room.counts.items())))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--first", type=int, default=0, help="the first round")
    given = parser.parse_args()
    fuzz(given.seconds, given.first)
