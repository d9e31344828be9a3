"""What a model says of examples: as JSON, as comma-separated values, and as a table, with what it sees of pictures."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

from rich.table import Table
from rich.text import Text

from job.core.trial import Trial
from job.paths import printable_name, unicode_name
from job.plain_text import WIDTH, natural_width, render_plain
from job.report.text.pictures import draw_picture
from job.report.text.tables import plain_table
from job.training import Answer, Answered, ArrayAnswer, ClassAnswer, LabelsAnswer, NumbersAnswer, Refused, Seen
from job.words import count, format_share

# With more pictures than these nobody looks at each.
_MOST_PICTURES = 100
# Of pictures in an array that something is said of; the rest is in --json and --csv.
_MOST_PLACES = 10
_MOST_VALUES = 8  # of an array, in a table
_GIVEN = 0.5  # a label with a greater probability is given


class RefusedData(TypedDict):
    """A file, or one example in it, that nothing can be said of."""

    file: str
    index: int | None
    reason: str


class PredictionsSummary(TypedDict):
    """What the model of a trial says of examples, as JSON; `seed` is the one on which it was trained again, if it was.

    Each prediction has `file`, and `index`, which is its place in a file that holds several examples. A class comes as
    `class`, `probability`, `runner_up` and `runner_up_probability`, labels as `labels` and `probabilities`, numbers as
    `value` or `values`; what several outputs say is in `outputs`, by their names. `unlike` says of a picture that it
    does not look like the images that the model was trained on.
    """

    problem: str
    trial: int
    seed: int | None
    predictions: list[dict[str, Any]]
    errors: list[RefusedData]


def summarize_predictions(seen: Sequence[Seen], *, problem: str, trial: Trial) -> PredictionsSummary:
    """Return what was seen as data that JSON can hold."""
    return {
        "problem": problem,
        "trial": trial.of or trial.number,
        "seed": trial.seed,
        "predictions": [_describe(each) for each in seen if isinstance(each, Answered)],
        "errors": [
            {"file": unicode_name(each.file), "index": each.index, "reason": each.reason}
            for each in seen
            if isinstance(each, Refused)
        ],
    }


def render_predictions_csv(seen: Sequence[Seen]) -> str:
    """Return a header and the examples that were answered, one a row; lines end as RFC 4180 says."""
    rows = [dict(_flat(_describe(each))) for each in seen if isinstance(each, Answered)]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def render_predictions(seen: Sequence[Seen]) -> str:
    """Return the table as plain text that ends with a newline, as wide as it needs to be; empty without an answer."""
    answered = [each for each in seen if isinstance(each, Answered)]
    if not answered:
        return ""
    table = draw_predictions(answered)
    return render_plain(table, width=max(WIDTH, natural_width(table)))


def draw_predictions(answered: Sequence[Answered], *, pictures: bool = False) -> Table:
    """Return a table with a row for each example, if asked to with what the model sees of a picture."""
    table = plain_table()
    pictures = pictures and len(answered) <= _MOST_PICTURES and all(each.image is not None for each in answered)
    indexed = any(each.index is not None for each in answered)
    if pictures:
        table.add_column("seen as", no_wrap=True)
    for cell in _cells(answered[0], indexed=indexed):
        is_number = cell.is_number
        table.add_column(
            Text(cell.header), justify="right" if is_number else "left", overflow="fold", no_wrap=is_number
        )
    for each in answered:
        drawn = [draw_picture(each.image)] if pictures and each.image is not None else []
        table.add_row(*drawn, *(Text(cell.text) for cell in _cells(each, indexed=indexed)))
    return table


def refusals(seen: Sequence[Seen]) -> list[str]:
    """Return a line for each file or example that nothing can be said of."""
    return [
        f"{printable_name(each.file)}{'' if each.index is None else f', index {each.index}'}: {each.reason}"
        for each in seen
        if isinstance(each, Refused)
    ]


def doubts(seen: Sequence[Seen]) -> list[str]:
    """Return a line for each file with pictures that do not look like the images that the model was trained on."""
    unlike = [each for each in seen if isinstance(each, Answered) and each.is_like is False]
    return [_doubt(file, list(found)) for file, found in groupby(unlike, key=lambda each: each.file)]


def _doubt(file: Path, unlike: list[Answered]) -> str:
    places = [str(each.index) for each in unlike if each.index is not None]
    more = ", …" if len(places) > _MOST_PLACES else ""
    which = f", index {', '.join(places[:_MOST_PLACES])}{more}" if places else ""
    number = f"{count(len(unlike), 'picture')} " if len(unlike) > 1 else ""
    verb = "do" if number else "does"
    return f"{printable_name(file)}{which}: {number}{verb} not look like the images that the model was trained on"


class _Cell(NamedTuple):
    header: str
    text: str
    is_number: bool = False


def _cells(each: Answered, *, indexed: bool) -> Iterator[_Cell]:
    """Yield the row of an example; several outputs have their names in the headers."""
    yield _Cell("file", printable_name(each.file))
    if indexed:
        yield _Cell("index", "" if each.index is None else str(each.index), is_number=True)
    for name, answer in each.answers.items():
        for cell in _answer_cells(answer):
            yield cell._replace(header=f"{name}: {cell.header}") if name else cell


def _answer_cells(answer: Answer) -> Iterator[_Cell]:
    match answer:
        case ClassAnswer((likely, less), (first, second)):
            yield _Cell("class", likely)
            yield _Cell("probability", format_share(first), is_number=True)
            yield _Cell("runner-up", less)
            yield _Cell("probability", format_share(second), is_number=True)
        case LabelsAnswer(probabilities):
            given = (f"{name} ({format_share(share)})" for name, share in probabilities.items() if share > _GIVEN)
            yield _Cell("labels", ", ".join(given) or "none")
        case NumbersAnswer(values):
            for name, value in values.items():
                yield _Cell("value" if len(values) == 1 else f"value {name}", f"{value:.6g}", is_number=True)
        case ArrayAnswer(values):
            shape = " × ".join(map(str, values.shape))
            told = ", ".join(f"{value:.6g}" for value in values.flat) if values.size <= _MOST_VALUES else ""
            yield _Cell("values", told or f"{shape} numbers; --json tells them")


def _describe(each: Answered) -> dict[str, Any]:
    described = {name: _describe_answer(answer) for name, answer in each.answers.items()}
    told = described[""] if list(described) == [""] else {"outputs": described}
    unlike = {} if each.is_like is None else {"unlike": not each.is_like}
    return {"file": unicode_name(each.file), "index": each.index, **told, **unlike}


def _describe_answer(answer: Answer) -> dict[str, Any]:
    match answer:
        case ClassAnswer((likely, less), (first, second)):
            return {"class": likely, "probability": first, "runner_up": less, "runner_up_probability": second}
        case LabelsAnswer(probabilities):
            given = [name for name, share in probabilities.items() if share > _GIVEN]
            return {"labels": given, "probabilities": dict(probabilities)}
        case NumbersAnswer(values):
            return {"value": next(iter(values.values()))} if len(values) == 1 else {"values": dict(values)}
        case ArrayAnswer(values):
            return {"values": values.tolist()}


def _flat(described: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the cells of a row, each with its column: what stands below a name has it before a dot."""
    for name, value in described.items():
        match value:
            case Mapping():
                yield from _flat(value, f"{prefix}{name}.")
            case list() if all(isinstance(each, str) for each in value):
                yield f"{prefix}{name}", "; ".join(value)
            case bool() | list():
                yield f"{prefix}{name}", json.dumps(value)
            case _:
                yield f"{prefix}{name}", value
