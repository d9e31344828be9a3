"""What a model says of pictures, as data and as text."""

import csv
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from job.report.text.predictions import (
    doubts,
    draw_predictions,
    refusals,
    render_predictions,
    render_predictions_csv,
    summarize_predictions,
)
from job.training import Answer, Answered, ArrayAnswer, ClassAnswer, LabelsAnswer, NumbersAnswer, Refused, Seen
from tests.fakes import study_of


def recognized(
    name: str, *, index: int | None = None, side: int = 4, channels: int = 1, is_like: bool = True
) -> Answered:
    image = np.zeros((side, side, channels), np.uint8)
    image[: side // 2] = 200
    return Answered(
        file=Path(name),
        index=index,
        answers={"": ClassAnswer(("seven", "one"), (0.98765, 0.01))},
        image=image,
        is_like=is_like,
    )


REFUSED = Refused(file=Path("bad.png"), index=None, reason="the file is empty")
TRIAL = study_of(0.9).trial(1)
SEEN: tuple[Seen, ...] = (recognized("a, b.png"), REFUSED, recognized("c.npy", index=1))


def printed(*seen: Answered, pictures: bool) -> str:
    console = Console(width=100, color_system="truecolor", force_terminal=True)
    with console.capture() as capture:
        console.print(draw_predictions(seen, pictures=pictures))
    return capture.get()


def test_the_data_tell_every_picture_and_every_refusal() -> None:
    summary = json.loads(json.dumps(summarize_predictions(SEEN, problem="digits", trial=TRIAL)))
    assert (summary["problem"], summary["trial"]) == ("digits", 1)
    assert summary["predictions"][1] == {
        "file": "c.npy",
        "index": 1,
        "class": "seven",
        "probability": 0.98765,
        "runner_up": "one",
        "runner_up_probability": 0.01,
        "unlike": False,
    }
    assert summary["errors"] == [{"file": "bad.png", "index": None, "reason": "the file is empty"}]


def test_the_csv_has_a_header_and_a_row_for_each_picture() -> None:
    rows = list(csv.reader(io.StringIO(render_predictions_csv(SEEN))))
    assert rows[0] == ["file", "index", "class", "probability", "runner_up", "runner_up_probability", "unlike"]
    assert rows[1:] == [
        ["a, b.png", "", "seven", "0.98765", "one", "0.01", "false"],
        ["c.npy", "1", "seven", "0.98765", "one", "0.01", "false"],
    ]


def test_the_table_has_a_row_for_each_picture_and_no_escape_codes() -> None:
    text = render_predictions(SEEN)
    assert "\x1b" not in text
    rows = [line.split() for line in text.splitlines()[2:]]
    assert rows == [
        ["a,", "b.png", "seven", "98.77", "%", "one", "1.00", "%"],
        ["c.npy", "1", "seven", "98.77", "%", "one", "1.00", "%"],
    ]


def test_the_place_in_a_file_is_told_only_where_a_file_has_several() -> None:
    assert "index" not in render_predictions([recognized("a.png")])
    assert render_predictions([REFUSED]) == ""


def test_a_long_name_is_not_cut_where_no_terminal_limits_it() -> None:
    name = "a" * 300 + ".png"
    assert name in render_predictions([recognized(name)])


def test_refusals_are_told_with_their_place() -> None:
    blank = Refused(file=Path("c.npy"), index=4, reason="there is nothing to see")
    assert refusals([*SEEN, blank]) == ["bad.png: the file is empty", "c.npy, index 4: there is nothing to see"]


def test_names_of_other_bytes_do_nothing_to_a_terminal() -> None:
    name = os.fsdecode(b"caf\xe9\x1b[2J\n.png")
    text = render_predictions([recognized(name)])
    assert "\x1b" not in text and len(text.splitlines()) == 3
    assert r"caf\xe9\x1b[2J\n.png" in text
    assert json.dumps(summarize_predictions([recognized(name)], problem="digits", trial=TRIAL)).isascii()
    assert "caf" in render_predictions_csv([recognized(name)]).encode().decode()


def test_a_small_picture_is_drawn_in_half_blocks() -> None:
    text = printed(recognized("a.png"), pictures=True)
    assert text.count("▀") == 4 * 2
    assert "38;2;200;200;200" in text and "48;2;0;0;0" in text
    assert "▀" not in printed(recognized("a.png"), pictures=False)


def test_a_large_picture_is_made_smaller_and_an_odd_one_keeps_its_last_row() -> None:
    assert printed(recognized("a.png", side=28), pictures=True).count("▀") == 14 * 7
    assert printed(recognized("a.png", side=5), pictures=True).count("▀") == 5 * 3
    assert printed(recognized("a.png", channels=3), pictures=True).count("▀") == 4 * 2


def test_a_long_table_has_no_pictures() -> None:
    assert "▀" not in printed(*[recognized("a.npy", index=index) for index in range(101)], pictures=True)


def test_pictures_that_look_like_something_else_are_told_a_line_a_file() -> None:
    seen: list[Seen] = [recognized("a.png", is_like=False), recognized("b.png"), REFUSED]
    seen += [recognized("c.npy", index=index, is_like=index % 2 == 0) for index in range(4)]
    seen += [recognized("d.npy", index=index, is_like=False) for index in range(12)]
    said = "not look like the images that the model was trained on"
    assert doubts(seen) == [
        f"a.png: does {said}",
        f"c.npy, index 1, 3: 2 pictures do {said}",
        f"d.npy, index 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …: 12 pictures do {said}",
    ]


def test_programs_are_told_which_pictures_look_like_something_else() -> None:
    seen = [recognized("a.png", is_like=False)]
    assert summarize_predictions(seen, problem="digits", trial=TRIAL)["predictions"][0]["unlike"]
    assert render_predictions_csv(seen).splitlines()[1].endswith(",true")


NUMBERS: Mapping[str, Answer] = {"": NumbersAnswer({"1": 3.25})}
LABELS: Mapping[str, Answer] = {"": LabelsAnswer({"new": 0.75, "urgent": 0.5, "long": 0.875})}
BOTH: Mapping[str, Answer] = {
    "price": NumbersAnswer({"1": 3.25, "2": -1.0}),
    "kind": ClassAnswer(("flat", "house"), (0.75, 0.25)),
}
MASK: Mapping[str, Answer] = {"": ArrayAnswer(np.arange(6, dtype=np.float32).reshape(2, 3))}
LARGE: Mapping[str, Answer] = {"": ArrayAnswer(np.zeros((12, 5), np.float32))}


def answered(answers: Mapping[str, Answer], index: int | None = None) -> Answered:
    return Answered(file=Path("a.csv"), index=index, answers=answers)


@pytest.mark.parametrize(
    ("answers", "header", "row"),
    [
        (NUMBERS, "file value", "a.csv 3.25"),
        (LABELS, "file labels", "a.csv new (75.00 %), long (87.50 %)"),
        (
            BOTH,
            "file price: value 1 price: value 2 kind: class kind: probability kind: runner-up kind: probability",
            "a.csv 3.25 -1 flat 75.00 % house 25.00 %",
        ),
        (MASK, "file values", "a.csv 0, 1, 2, 3, 4, 5"),
        (LARGE, "file values", "a.csv 12 × 5 numbers; --json tells them"),
    ],
)
def test_a_table_has_the_columns_of_the_kind_of_answers(answers: Mapping[str, Answer], header: str, row: str) -> None:
    lines = [" ".join(line.split()) for line in render_predictions([answered(answers)]).splitlines()]
    assert (lines[0], lines[2]) == (header, row)


def test_programs_are_told_each_kind_of_answer() -> None:
    seen = [answered(each, index) for index, each in enumerate((NUMBERS, LABELS, BOTH, MASK))]
    number, labels, both, mask = summarize_predictions(seen, problem="own", trial=TRIAL)["predictions"]
    assert number == {"file": "a.csv", "index": 0, "value": 3.25}
    assert labels["labels"] == ["new", "long"] and labels["probabilities"]["urgent"] == 0.5
    assert both["outputs"]["price"] == {"values": {"1": 3.25, "2": -1.0}}
    assert both["outputs"]["kind"]["class"] == "flat"
    assert mask["values"] == [[0, 1, 2], [3, 4, 5]]


def test_the_csv_has_a_column_for_whatever_there_is() -> None:
    assert render_predictions_csv([answered(LABELS, 0)]).splitlines() == [
        "file,index,labels,probabilities.new,probabilities.urgent,probabilities.long",
        "a.csv,0,new; long,0.75,0.5,0.875",
    ]
    assert render_predictions_csv([answered(BOTH)]).splitlines()[0] == (
        "file,index,outputs.price.values.1,outputs.price.values.2,outputs.kind.class,outputs.kind.probability,"
        "outputs.kind.runner_up,outputs.kind.runner_up_probability"
    )
