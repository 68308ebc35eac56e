"""The results that can be shown, from the ledger and from the project, with remarks on what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.board.rows import setting_of
from eval.subjects.own_tasks import task_of_result
from train.ledger.ledger import Ledger, of_this_training, read_results
from train.ledger.result import Result, ResultError
from train.ledger.store import LedgerError
from train.model.config import ConfigError


@dataclass(frozen=True)
class ShownResults:
    """Results of this version of training, and remarks on what is missing, each a sentence.

    The results of one task and setting are all on words of the same version of the data, the newest that there is.
    """

    results: tuple[Result, ...]
    remarks: tuple[str, ...]


def results_of_ledger(ledger: Ledger) -> ShownResults:
    """The results of the ledger and those that come with the project.

    If the ledger cannot be read, a remark says so, and only the latter are returned.
    """
    try:
        results = ledger.results()
        outdated = ledger.outdated()
    except (LedgerError, ResultError, ConfigError) as error:
        shipped = results_of_directory(ledger.shipped) if ledger.shipped is not None else ShownResults((), ())
        return ShownResults(shipped.results, (f"{error}; the runs made here are left out", *shipped.remarks))
    own = [result for result in results if not result.shipped]
    remarks = []
    if not ledger.directory.is_dir():
        remarks.append(f"there is no ledger in {ledger.directory}: nothing was run here")
    elif not own and not outdated:
        remarks.append(f"the ledger in {ledger.directory} is empty")
    if outdated:
        remarks.append(
            f"{_runs(outdated)} in {ledger.directory} left out, made with other versions of data or training"
        )
    gone = sum(not ledger.path(result.config, result.seed).is_dir() for result in own)
    if gone:
        remarks.append(f"{_runs(gone)} in {ledger.directory} whose model is gone: the results are still shown")
    return _of_known_tasks(results, remarks)


def results_of_directory(directory: Path) -> ShownResults:
    """The results that `python -m train export` wrote into a directory."""
    found = read_results(directory)
    results = tuple(each for each in found if of_this_training(each))
    remarks = [] if found else [f"{directory} holds no results"]
    if len(results) < len(found):
        remarks.append(
            f"{_runs(len(found) - len(results))} in {directory} left out, made with other versions of data or training"
        )
    return _of_known_tasks(results, remarks)


def _of_known_tasks(results: Sequence[Result], remarks: Sequence[str]) -> ShownResults:
    """The results for tasks of the benchmark, and for tasks whose text is stored with the run."""
    known = tuple(result for result in results if task_of_result(result) is not None)
    unknown = len(results) - len(known)
    said = []
    if unknown:
        said.append(
            f"{_runs(unknown)} left out, because the results lack the text of their tasks: run the command that "
            "trained them again, and it stores the text"
        )
    kept = newest_words(known)
    if len(kept) < len(known):
        said.append(
            f"{_runs(len(known) - len(kept))} left out, because their words are of an older version of the data"
        )
    return ShownResults(kept, (*remarks, *said))


def newest_words(results: Sequence[Result]) -> tuple[Result, ...]:
    """For each task and setting, the results on words of the newest version that it has results on."""
    newest: dict[tuple[str, str], int] = {}
    for result in results:
        cell = result.task, setting_of(result.config)
        newest[cell] = max(newest.get(cell, 0), int(result.data_version))
    return tuple(each for each in results if int(each.data_version) == newest[each.task, setting_of(each.config)])


def _runs(number: int) -> str:
    return f"{number} run" + "s" * (number != 1)
