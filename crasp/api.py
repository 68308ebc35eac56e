"""The Python interface: what `import crasp` offers. Each function does what the command of its name does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, get_args

from crasp.artifacts.checked_writing import CompiledDirectory, DtypeName, TargetName, compile_into
from crasp.check_report import ProgramReport, report_of
from crasp.compiler.compiler import compile_program
from crasp.compiler.footprint import CapacityError
from crasp.errors import CraspError, Source
from crasp.meaning import ir
from crasp.meaning.interpreter import encode, split_word
from crasp.meaning.trace_table import TraceTable, trace_table_of
from crasp.regular.automata.automaton import SizeError
from crasp.regular.automata.moore_machine import Accept, Target, check_asked
from crasp.regular.decided_inputs import subject_of_text
from crasp.regular.decided_programs import subject_of_program
from crasp.regular.timed_proofs import prove
from crasp.regular.verdict import Asked, LanguageVerdict, verdict_of
from crasp.text.loader import read_program
from crasp.text.sources import load_source
from crasp.word_portions import Answer, run_words
from tasks.ground.automata.language_text import given_text
from tasks.ground.console import RefusedError, check_choice
from tasks.ground.files import LoadError
from tasks.ground.limited_process import Worker

__all__ = [
    "CraspError",
    "LoadError",
    "LoadedProgram",
    "RefusedError",
    "check",
    "compile",
    "decide",
    "load",
    "run",
    "trace",
]


@dataclass(frozen=True)
class LoadedProgram:
    """A program that has been read and checked: its text, where it came from, and the typed program."""

    source: Source
    meaning: ir.Program

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The tokens of the program's alphabet, in order."""
        return self.meaning.alphabet


ProgramLike: TypeAlias = LoadedProgram | str | Path
WordLike: TypeAlias = str | Sequence[str]


def load(program: ProgramLike) -> LoadedProgram:
    """A program that has been read and checked.

    Args:
        program: `lib:NAME` for a program of the library, the path of a file, or the text of a program. A text is
            recognised by its `:=`, which every program has. A loaded program is returned as it is.

    Returns:
        The program. Every function here takes it in place of a name.

    Raises:
        CraspError: The text is no program; the message has every problem with its place.
        LoadError: There is no such file, or no such program in the library.

    Example:
        >>> load("lib:dyck1").alphabet
        ('(', ')')
        >>> text = "alphabet a b\\naccept(i) := #[j <= i] Q_a(j) > #[j <= i] Q_b(j)"
        >>> [answer.accept for answer in run(text, "aab", "abb")]
        [True, False]
    """
    if isinstance(program, LoadedProgram):
        return program
    written = isinstance(program, str) and ":=" in program
    source = Source("program", str(program)) if written else load_source(str(program))
    return LoadedProgram(source, read_program(source))


def check(program: ProgramLike) -> ProgramReport:
    """Reports what a program defines and how large it is: depth, period, window, fragment.

    Args:
        program: As `load` takes it.

    Returns:
        The report, with the fields of `crasp check --json`.

    Raises:
        CraspError: The text is no program; the message has every problem with its place.
        LoadError: There is no such file, or no such program in the library.

    Example:
        >>> report = check("lib:dyck1")
        >>> report.fragment, report.depth
        ('C-RASP', 2)
    """
    loaded = load(program)
    return report_of(loaded.source.name, loaded.meaning)


def run(program: ProgramLike, *words: WordLike) -> tuple[Answer, ...]:
    """Runs a program on words: whether it accepts each, and which tokens may follow each prefix.

    Args:
        program: As `load` takes it.
        words: Each word is a text, which is split as the commands split it, or a list of tokens.

    Returns:
        An answer for each word. `accept` is None if the program does not define it. `allowed` has the tokens that may
        follow after 0, 1, 2, ... tokens of the word; it is empty if the program does not define `next`.

    Raises:
        CraspError, LoadError: As `load`.
        ValueError: A word has a token that the alphabet lacks.

    Example:
        >>> [answer.accept for answer in run("lib:dyck1", "(())", ["(", ")", ")"])]
        [True, False]
        >>> run("lib:dyck1", "(")[0].allowed
        (('(', 'eos'), ('(', ')'))
    """
    meaning = load(program).meaning
    return tuple(run_words(meaning, [_tokens(meaning, word) for word in words]))


def trace(program: ProgramLike, word: WordLike) -> TraceTable:
    """The value of every definition of a program at every position of a word.

    Args:
        program: As `load` takes it.
        word: A text, which is split as the commands split it, or a list of tokens.

    Returns:
        A row for each definition, in the order of the text. Printing it gives the table of `crasp trace`.

    Raises:
        CraspError, LoadError: As `load`.
        ValueError: The word has a token that the alphabet lacks.

    Example:
        >>> table = trace("lib:dyck1", "())")
        >>> {row.name: row.values for row in table.rows}["closes"]
        (0, 0, 1, 2)
    """
    meaning = load(program).meaning
    return trace_table_of(meaning, _tokens(meaning, word))


def compile(
    program: ProgramLike,
    out: str | Path,
    *,
    target: TargetName = "limit",
    max_length: int | None = None,
    dtype: DtypeName | None = None,
    overwrite: bool = False,
) -> CompiledDirectory:
    """Compiles a program to a transformer in a directory; floating-point models are tested against the program first.

    Args:
        program: As `load` takes it.
        out: The directory. An earlier compilation there is replaced. A directory that holds anything else is refused
            without `overwrite`.
        target: "limit" is the exact machine and "torch" a torch module. `transformers` loads "gpt2" as a
            `GPT2LMHeadModel` and "gptneox" as a `GPTNeoXForCausalLM`. The last is for programs of counts alone.
        max_length: The length in tokens to certify; None for the usual length of the target.
        dtype: The number format to certify; None for exact numbers, or for the usual format of the target.
        overwrite: Whether to write even if the directory holds something else.

    Returns:
        The model's directory, its size and its certificate.

    Raises:
        CraspError, LoadError: As `load`.
        ValueError: The length, the number format or the directory is not possible. Nothing was written.

    Example:
        >>> model = compile("lib:tomita1", "tomita1", target="gpt2")
        >>> model.layers, model.max_length
        (1, 2048)
    """
    check_choice("target", target, get_args(TargetName))
    loaded = load(program)
    try:
        compiled = compile_program(loaded.meaning)
    except CapacityError as error:
        raise RefusedError(str(error)) from None
    return compile_into(
        compiled, loaded.source, Path(out), target, max_length=max_length, dtype=dtype, overwrite=overwrite
    )


def decide(
    regex: str | None = None,
    *,
    dfa: str | Path | None = None,
    program: ProgramLike | None = None,
    alphabet: str | Sequence[str] | None = None,
    ands: Sequence[str] = (),
    nots: Sequence[str] = (),
    accept: Accept = "last",
    target: Target = "membership",
    seconds: float | None = 10.0,
) -> LanguageVerdict:
    """Decides which families of programs define a regular language, and shows it by a program and certificates.

    Args:
        regex: A regular expression in the usual dialect. Exactly one of `regex`, `dfa` and `program` is given.
        dfa: The path of a file with an automaton, in any format that the commands read.
        program: A program as `load` takes it. It has to answer as a small automaton does.
        alphabet: The tokens of the language; None for the letters that occur.
        ands: Expressions that the words also have to match.
        nots: Expressions that the words must not match.
        accept: Where the answer is given: at the last letter, or at an end marker.
        target: What is to be answered: membership, the automaton's state, or which letters may follow.
        seconds: The time limit in seconds for a program and certificates. 0 means none of them, and None no limit.

    Returns:
        The verdict. `families.plain`, `.local`, `.periodic` and `.periodic_local` say yes or no. `witness` has the
        program, `certificates` has what shows each no, and `because` says it in words.

    Raises:
        CraspError, LoadError: As `load`.
        ValueError: There is no such language, or it is too large to be decided. The message says which.

    Example:
        >>> verdict = decide("(aa)*")
        >>> verdict.families.plain, verdict.families.periodic
        (False, True)
        >>> run(verdict.witness.program, "aaaa", "aaa")[0].accept
        True
    """
    check_asked(accept, target)
    if seconds is not None and not seconds >= 0:
        raise RefusedError(f"seconds: expected a number that is not negative, or None, found {seconds!r}")
    if [regex, dfa, program].count(None) < 2 or (program is not None and (ands or nots or alphabet)):
        raise RefusedError("expected one of a regular expression, an automaton's file and a program")
    text = given_text(regex, dfa, alphabet, ands, nots)
    if program is None:
        subject = subject_of_text(text)
    else:
        loaded = load(program)
        subject = subject_of_program(loaded.source.name, loaded.meaning)
    if subject.automaton is None:
        raise RefusedError(
            f"No small automaton was found that answers as the program does: {subject.fields['regular']}."
        )
    try:
        verdict = verdict_of(Asked(subject.automaton, accept, target, subject.name, subject.outputs))
        with Worker() as worker:
            *_, shown = prove(verdict, worker, seconds)
    except SizeError as error:
        raise RefusedError(str(error)) from None
    return shown


def _tokens(program: ir.Program, word: WordLike) -> tuple[str, ...]:
    """The tokens of a word. Raises ValueError if the alphabet lacks one of them."""
    tokens = split_word(word, program.alphabet) if isinstance(word, str) else tuple(word)
    encode(program.alphabet, [tokens])
    return tokens
