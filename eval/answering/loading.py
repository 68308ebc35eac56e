"""Loading of what a name stands for: a program, a compiled directory, or a model's directory."""

from pathlib import Path

from crasp.artifacts.directory import CERTIFICATE, PROGRAM, ArtifactError
from crasp.errors import Source
from crasp.text.loader import load_program, read_program
from crasp.text.sources import LIBRARY, library_hint
from eval.answering.answerers import Answerer, MachineAnswerer, ProgramAnswerer, UnfitError


def load_answerer(name: str, vocabulary: Path | None = None) -> Answerer:
    """The program `lib:NAME` or `FILE.crasp`, or what the directory of that name holds.

    A directory with a certificate holds a compiled program, unless a vocabulary is given. Any other directory holds a
    model that `transformers` loads.

    Args:
        name: The name.
        vocabulary: A file with the names of the model's outputs.

    Raises:
        UnfitError: There is no such thing, or it cannot be asked.
        LoadError: A program's file cannot be read.
        CraspError: A program is not correct.
    """
    if name.startswith(LIBRARY) or name.endswith(".crasp"):
        if vocabulary is not None:
            raise UnfitError(f"{name} is a program, which names its own letters: expected no --vocab beside it")
        return ProgramAnswerer(name, load_program(name))
    directory = Path(name)
    if not directory.is_dir():
        found = "and found a file" if directory.exists() else "which is not there"
        missing = f"{name}: expected lib:NAME, FILE.crasp or a model's directory, {found}"
        raise UnfitError(f"{missing}{library_hint(name)}")
    if vocabulary is None and (directory / CERTIFICATE).is_file():
        return _load_compiled(directory)
    from eval.answering.models import load_model

    return load_model(directory, vocabulary)


def _load_compiled(directory: Path) -> Answerer:
    from crasp.artifacts.targets import load_machine

    try:
        text, machine = load_machine(directory)
    except ArtifactError as error:
        raise UnfitError(str(error)) from None
    program = read_program(Source(str(directory / PROGRAM), text))
    return MachineAnswerer(str(directory), program.alphabet, machine)
