"""What `explain` says of models whose nature is known: compiled programs, untrained models, and runs of a ledger.

`library`: every program of the library that says what may follow, or that answers, is compiled to a GPT-2. (copy_unique
is compiled to a torch module of sparse maps, because its GPT-2 is too large.) The program that is found has to allow
the same as the library's program on all short words and on long ones, or to give the same answers to words of the task
up to length 300.

`untrained`: twenty GPT-2s with random weights; none of them may be called explained.

`runs`: runs with weights in a ledger's folder, at most `--each` of a task, encoding and outcome. All that generalise
have to be explained, and none of the others.

With `--out`, a JSON line is added for each model.
"""

import argparse
import json
import resource
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from crasp.artifacts.checked_writing import compile_into
from crasp.compiler.compiler import compile_program
from crasp.errors import CraspError, Source
from crasp.text.loader import load_program, read_program
from crasp.text.sources import library_names, load_source
from eval.answering.answerers import UnfitError
from eval.answering.loading import load_answerer
from eval.answering.models import load_model
from eval.answering.sparse_gpt2 import without_zeros
from eval.explain.agreement import WORD_KINDS
from eval.explain.answers.answer_explaining import AnswerRequest, explain_answers
from eval.explain.answers.answer_road import AnswerSubject, compare_answers
from eval.explain.answers.asked_answers import AskedAnswers, ProgramAnswers
from eval.explain.answers.questions import questions_of, tokens_of
from eval.explain.explaining import ExplainRequest, explain, own_program
from eval.explain.next_sets import AskedModel, ProgramSets
from eval.explain.shortest_difference import MOST_WORDS
from eval.explain.verdict import Explanation
from eval.explain.word_walks import all_short_words, joined, shortest_difference, stress_walks, uniform_walks
from eval.measuring.measurement import TRAIN_LENGTH
from tasks.ground.models.gpt2_directory import Stock, write_stock
from tasks.registry import TASKS, get_task
from tasks.task import Task
from tasks.words import SEP
from train.architectures.runs import versions_here

UNTRAINED = 20
SHORT_WORDS, LONG_WORDS, LONG_LENGTH = 20_000, 100, 300
AS_MODULES = ("copy_unique",)  # programs that are compiled to torch modules, as their GPT-2 is too large for the memory
SCALES = (0.02, 0.1, 0.3, 0.5, 1.0)  # standard deviations of random weights


def explained(
    directory: Path,
    task_name: str | None,
    *,
    words: int = 200,
    layer_words: int = MOST_WORDS,
    trained_to: int | None = None,
) -> Explanation:
    """Return what `explain` says of the model in a directory."""
    answerer = load_answerer(str(directory)) if directory.name in AS_MODULES else without_zeros(load_model(directory))
    task = None if task_name is None else get_task(task_name)
    if task is not None and task.format == "answer":
        tokens, mark = tokens_of(task)
        return explain_answers(
            AnswerRequest(
                name=str(directory),
                answers=AskedAnswers(answerer, tokens, task.shown),
                task=task,
                mark=mark,
                program=own_program(task),
                trained_to=trained_to or answerer.trained_to or TRAIN_LENGTH,
                words=words,
                every_word=layer_words // 2,
            )
        )
    alphabet = load_program(f"lib:{directory.name}").alphabet if task is None else task.alphabet
    return explain(
        ExplainRequest(
            name=str(directory),
            sets=AskedModel(answerer, alphabet),
            task=task,
            program=own_program(task),
            trained_to=trained_to or answerer.trained_to or TRAIN_LENGTH,
            words=words,
            layer_words=layer_words,
        )
    )


def same_as_library(found: Explanation, name: str) -> bool:
    """Return whether the found program allows what the library's does, on all short words and on long walks."""
    if found.program is None:
        return False
    one, other = (
        ProgramSets(read_program(Source("found", found.program.text))),
        ProgramSets(load_program(f"lib:{name}")),
    )
    rng, lengths = np.random.default_rng(0), np.full(LONG_WORDS, LONG_LENGTH)
    words = joined(
        all_short_words(len(other.alphabet), most_words=SHORT_WORDS, longest=LONG_LENGTH),
        *(walk(sets, rng, lengths) for walk in (uniform_walks, stress_walks) for sets in (one, other)),
    )
    return shortest_difference(one.masks(words), other.masks(words), words) is None


def same_answers(found: Explanation, name: str, task: Task) -> bool:
    """Return whether the found program answers as the library's does, to words of the task of up to 300 letters."""
    if found.program is None:
        return False
    tokens, mark = tokens_of(task)
    one, other = (
        ProgramAnswers(program, tokens)
        for program in (read_program(Source("found", found.program.text)), load_program(f"lib:{name}"))
    )
    subject = AnswerSubject(other, task, mark)
    drawn = [
        questions_of(task, kind, lengths, LONG_WORDS, 1)
        for kind in WORD_KINDS
        for lengths in ((1, 50), (51, LONG_LENGTH))
    ]
    return all(compare_answers(subject, one, None, words).agree.all() for words in drawn if len(words.sizes))


def equal_to_library(found: Explanation, name: str, task: str | None) -> bool:
    """Return `same_answers` for a task with an answer, else `same_as_library`."""
    if task is not None and get_task(task).format == "answer":
        return same_answers(found, name, get_task(task))
    return same_as_library(found, name)


def compiled(name: str, folder: Path) -> Path:
    """Return the directory of a program of the library, compiled to a GPT-2 or to a torch module of sparse maps."""
    source = load_source(f"lib:{name}")
    compile_into(
        compile_program(read_program(source)),
        source,
        folder / name,
        "torch" if name in AS_MODULES else "gpt2",
        max_length=None,
        dtype=None,
        overwrite=True,
    )
    return folder / name


def programs_that_say_what_follows() -> dict[str, str | None]:
    """Return the library's programs that say what may follow, each with its task, if it has one."""
    programs = {name: load_program(f"lib:{name}") for name in library_names()}
    own = {"copy_unique_ages": "copy_unique"} | {task.program: name for name, task in TASKS.items() if task.program}
    named = {name: name if name in TASKS else own.get(name) for name, program in programs.items() if program.next}
    return {name: task for name, task in named.items() if task is not None or SEP not in programs[name].alphabet}


def untrained(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield directories of GPT-2s with random weights, each with the name of one of two tasks."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    for seed in range(UNTRAINED):
        torch.manual_seed(seed)
        task = ("d_3", "dyck1")[seed % 2]
        stock = Stock(
            tokens=(*get_task(task).alphabet, "<bos>", "<sep>", "<eos>", "<pad>"),
            letters=2,
            positions=310,
            width=(32, 64)[seed // 2 % 2],
            layers=1 + seed // 4 % 2,
            heads=2,
            activation="gelu_new",
            epsilon=1e-5,
            tied=seed % 3 == 0,
            dtype="float32",
        )
        settings = {key: value for key, value in stock.config().items() if key not in ("architectures", "dtype")}
        model = GPT2LMHeadModel(GPT2Config(**settings, initializer_range=SCALES[seed % len(SCALES)]))
        directory = folder / f"untrained_{seed}"
        directory.mkdir()
        model.save_pretrained(directory)
        write_stock(directory, stock, extra={})
        yield directory, task


def runs_of(folder: Path, each: int) -> Iterator[tuple[Path, str, bool]]:
    """Yield at most `each` runs with weights of each task, encoding and outcome, and whether each run generalises."""
    number: dict[tuple[str, str, bool], int] = defaultdict(int)
    for file in sorted(folder.rglob("result.json")):
        result = json.loads(file.read_text(encoding="utf-8"))
        task, bins = result.get("task"), result.get("bins") or []
        if task not in TASKS or len(bins) < 3:
            continue
        if not (file.parent / "model.safetensors").is_file():
            continue
        good = all(each_bin["correct"] >= 0.99 * each_bin["total"] for each_bin in bins[:3])
        key = (task, result["config"]["model"]["pe"], good)
        number[key] += 1
        if number[key] <= each:
            yield file.parent, task, good


def row(name: str, found: Explanation, more: str = "") -> str:
    """Return a line of the table."""
    road = "-" if found.program is None else f"{found.program.road}, {found.program.size}"
    shares = " ".join(f"{e.typical.agree}/{e.stress.agree}" for e in found.agreement)
    return f"| {name} | {found.verdict} | {road} | {shares} | {found.asked:,} | {found.cpu_seconds:.1f} |{more}"


def line(what: str, name: str, found: Explanation, *, same: bool) -> dict[str, Any]:
    """Return what was found of a model, how it was made and by which versions, as JSON data.

    `equal` is given for compiled programs alone.
    """
    made = {"made_by": f"benchmarks/bench_explain.py {what}", "versions": versions_here()}
    equal = {"equal": same} if what == "library" else {}
    return {**found.record(), "model": name, **equal, "peak_mib": peak_mib(), **made}


def peak_mib() -> int:
    """Return the most memory that this process has had, in MiB.

    If the process asks about a single model, that is the memory of this model.
    """
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("library", "untrained", "runs"))
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--each", type=int, default=1, help="runs of a task, encoding and outcome")
    parser.add_argument("--only", default="", help="names that contain this")
    parser.add_argument("--out", type=Path, default=None, help="add a line of JSON for each model")
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if options.what == "library":
            followed = programs_that_say_what_follows()
            cases = [(name, task, True) for name, task in followed.items() if options.only in name]
            given = ((compiled(name, folder), task, good) for name, task, good in cases)
        elif options.what == "untrained":
            given = ((directory, task, False) for directory, task in untrained(folder))
        else:
            given = ((d, task, good) for d, task, good in runs_of(options.runs, options.each) if options.only in d.name)
        for directory, task, good in given:
            try:
                found = explained(directory, task)
            except (UnfitError, CraspError) as error:
                print(f"| {directory.name} | {error} |", flush=True)
                continue
            same = options.what != "library" or equal_to_library(found, directory.name, task)
            wrong += (found.explained and same) != good
            if options.out is not None:
                with options.out.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(line(options.what, directory.name, found, same=same)) + "\n")
            kind = "" if options.what == "untrained" else " equal" if same and options.what == "library" else ""
            said = f" {'generalises' if good else 'does not'} |" if options.what == "runs" else kind
            print(row(directory.name, found, said), flush=True)
    print(f"not as they should be: {wrong}; {peak_mib()} MiB at most")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
