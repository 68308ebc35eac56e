"""The card of a dataset: its `README.md`, in the form that dataset libraries read."""

import json
import re
from collections.abc import Mapping, Sequence

from tasks.data_version import DATA_VERSION
from tasks.formats.report import format_of
from tasks.samples.difficulty import Difficulty
from tasks.samples.named_words import Split
from tasks.task import ENCODINGS, Task


def card(
    task: Task,
    splits: Sequence[Split],
    repeats: Sequence[str],
    hard: Sequence[Difficulty],
    files: Mapping[str, Sequence[str]],
) -> str:
    """Return the card as Markdown that begins with the splits' files as YAML.

    Args:
        task: The task.
        splits: The splits of the dataset.
        repeats: Sentences about words that a split shares with training.
        hard: How hard the words of each range of lengths are.
        files: For each name of a split its files, relative to the directory.
    """
    words = [*_words(task, splits, repeats), *_difficulty(hard)]
    return "\n".join([*_front_matter(task, files), *_body(task), *words, ""])


def _difficulty(hard: Sequence[Difficulty]) -> list[str]:
    lines = [
        "",
        "## How hard the words are",
        "",
        "Half of the words are uniform, a quarter sticky (letters repeat, some are far more frequent than others) and "
        "a quarter pairs (the answer depends on an early letter, and the stretch in between looks the same either "
        "way). The table gives, by stratum, the percentage of words that simple models have wholly right. Then it "
        "gives the longest run of one letter and the depth of words: the median, and in brackets the greatest.",
    ]
    for each in hard:
        heading, *rows = each.table()
        lines += [
            "",
            f"{each.said}:",
            "",
            *(f"| {' | '.join(row)} |" for row in (heading, ["---"] * len(heading), *rows)),
        ]
    return lines


def _front_matter(task: Task, files: Mapping[str, Sequence[str]]) -> list[str]:
    listed = []
    for name, paths in files.items():
        path = paths[0] if len(paths) == 1 else json.dumps(list(paths))
        listed += [f"  - split: {name}", f"    path: {path}"]
    title = json.dumps(f"{task.title} ({task.name})", ensure_ascii=False)
    return ["---", f"pretty_name: {title}", "configs:", "- config_name: default", "  data_files:", *listed, "---", ""]


def _body(task: Task) -> list[str]:
    definition, *examples = task.summary.splitlines()
    verdicts = [
        f"- {title}: {task.theory[encoding].verdict} ({task.theory[encoding].standing}). "
        f"{task.theory[encoding].because} Reference: {task.theory[encoding].reference}."
        for encoding, title in ENCODINGS.items()
    ]
    return [
        f"# {task.title}",
        "",
        f"{definition} A synthetic task of crasp-bench, on which transformers trained on short words are tested on "
        "long ones.",
        "",
        *(f"    {example}" for example in examples),
        "",
        *_origin(task),
        f"Source of the definition: {task.source}. Family: {task.family}. The alphabet has {len(task.alphabet)} "
        f"tokens: {' '.join(task.alphabet)}",
        "",
        "## Columns",
        "",
        f"- `tokens`: {format_of(task)}",
        "- `judged`: the positions after which the model's output is judged, as indices into `tokens` that count from "
        "0",
        "- `targets`: for each judged position the tokens that are right next: one token in a task with an answer, "
        "else all tokens that may follow",
        "- `length`: the task's own measure of length; `lengths`: the range from which it was drawn; lengths that have "
        "words are equally likely",
        "- `stratum`: the part of the mixture to which the word belongs, if there are parts: uniform, sticky or pairs",
        "",
        "## Does it generalise to longer words?",
        "",
        "The theory's prediction for transformers with absolute positional encodings (APE) and without any (NoPE):",
        "",
        *verdicts,
        "",
    ]


def _origin(task: Task) -> list[str]:
    """Return the lines that show what a person gave the task by, with its whole text."""
    if task.origin is None:
        return []
    origin = task.origin
    what = {"regex": "regular expression", "automaton": "automaton", "program": "program"}[origin.kind]
    bounds = [f"--and {text}" for text in origin.ands] + [f"--not {text}" for text in origin.nots]
    longest = max((len(run) for run in re.findall("`+", origin.text)), default=0)
    fence = "`" * max(3, longest + 1)  # longer than any run of backticks in the text
    lines = [f"The task was defined by this {what}:", "", fence, *origin.text.splitlines(), fence, ""]
    return [*lines, *(f"    {bound}" for bound in bounds), *([""] if bounds else [])]


def _words(task: Task, splits: Sequence[Split], repeats: Sequence[str]) -> list[str]:
    table = [f"| {split.name} | {split.range} | {split.words} | {split.seed} |" for split in splits]
    shared = [f"- {sentence}" for sentence in repeats] or ["No test word occurs among the training words."]
    return [
        "## Words",
        "",
        f"The words were drawn by generators named `{task.name}/SPLIT/LENGTHS/SEED`, version {DATA_VERSION} of the "
        "data. The same name and version give the same words everywhere, and different names share no randomness.",
        "",
        "| split | lengths | words | seed |",
        "| --- | --- | --- | --- |",
        *table,
        "",
        *(shared if any(split.name == "train" for split in splits) and len({s.name for s in splits}) > 1 else []),
    ]
