"""Predictions as text, which `python -m eval.predict` prints unless JSON is asked for."""

from collections.abc import Sequence

from eval.encodings.family_ladder import ladder_lines
from eval.encodings.length_forecast import forecast_lines
from eval.prediction.prediction import Prediction
from eval.prediction.training_length import in_words

SEES_THE_LAST_LETTER = (
    "A model that predicts an end token right after the last letter, as those trained here do, sees that letter: "
    "--accept last."
)


class PrintedOpening:
    """Prints the verdicts before the rest of the predictions is known, and later the parameters of each program.

    The parameters are the modulus and the look-back.
    """

    def __init__(self, verdicts: Sequence[Prediction]) -> None:
        self._alone = len(verdicts) == 1
        self._printed = [_heading(p) for p in verdicts]
        print("\n".join(self._printed), flush=True)

    def parameters(self, prediction: Prediction) -> None:
        """Print the parameters of a prediction's program."""
        if self._alone:
            line = _line_of_parameters(prediction)
        else:
            line = f"{prediction.encoding}:{_line_of_parameters(prediction)[1:]}"
        self._printed.append(line)
        print(line, flush=True)

    def has(self, line: str) -> bool:
        """Return whether this line was printed already. It is False if there are several predictions."""
        return self._alone and line in self._printed


def print_lines(predictions: Sequence[Prediction]) -> None:
    """Print a line for each prediction."""
    for p in predictions:
        differs = f"  {p.checked}" if p.contradicted else ""
        name = p.pe.upper() if p.scheme is None else p.encoding
        print(f"{p.subject:<28} {name:<5} {p.verdict:<12} {p.standing:<16} {p.witness_name or '-'}{differs}")


def _shown(prediction: Prediction) -> str:
    return prediction.subject or "(the empty word)"


def _heading(prediction: Prediction) -> str:
    return f"{_shown(prediction)}, {prediction.encoding}: {prediction.verdict} ({prediction.standing})"


def _line_of_parameters(prediction: Prediction) -> str:
    assert prediction.parameters is not None
    return f"  with       {prediction.parameters.in_words or 'counting alone'}"


def print_full(predictions: Sequence[Prediction], opening: PrintedOpening | None) -> None:
    """Print each prediction with its reason, program, forecast and families.

    Lines that were printed before are left out.
    """
    if opening is not None and len(predictions) > 1:
        print()
    for p in predictions:
        lines = [_heading(p), *([] if p.parameters is None else [_line_of_parameters(p)])]
        for line in lines if opening is None else [line for line in lines if not opening.has(line)]:
            print(line)
        print(f"  because    {p.because}")
        print(f"  reference  {p.reference}")
        if p.witness_name is not None:
            print(f"  witness    {p.witness_name}" + (f", {p.checked}" if p.checked else ""))
        if p.carried is not None:
            print(f"  holds for  {p.carried.in_words}: {p.carried.why}")
        if p.scheme is None:
            print(f"  length     {in_words(p.training_length)}")
        if p.forecast is not None:
            print("\n".join(forecast_lines(p.forecast)))
        if p.certificate is not None:
            about = f" about {p.certificate['regex']}" if "regex" in p.certificate else ""
            print(f"  shown by   a certificate{about}, which --json prints")
            print("             `crasp-bench decide SUBJECT --check FILE` verifies the JSON in FILE")
    _print_ladder(predictions)
    if predictions[0].evidence is not None:
        print("\n" + "\n".join(predictions[0].evidence.lines(_shown(predictions[0]))))
    texts = {p.witness: p.witness_name for p in predictions if p.witness is not None}
    for text, name in texts.items():
        print(f"\n{name}:\n")
        print("\n".join(f"    {line}".rstrip() for line in (text or "").splitlines()))


def _print_ladder(predictions: Sequence[Prediction]) -> None:
    first = predictions[0]
    if first.rule is None or first.ladder is None:
        return
    print(f"\n{_shown(first)}, {first.rule.in_words}:")
    print("\n".join(ladder_lines(first.ladder, [p.pe for p in predictions if p.scheme is None])))
    if first.other_rule is not None:
        print(f"  note: {first.other_rule}")
        if first.rule.accept == "end":
            print(f"  {SEES_THE_LAST_LETTER}")
