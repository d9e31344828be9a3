"""What a check has found, as text and as data."""

import json

from job.check.text import describe_inspection, render_inspection
from job.core.fingerprint import ArrayDescription, DataDescription
from job.executors import Died, Returned
from job.training.check import Order
from job.training.check.facts import DataSeen, Fact, Finding, Severity
from tests.check.test_trying import all_of, inspected

DATA = DataDescription(
    train=1200,
    validation=300,
    test=0,
    image_shape=(),
    class_names=(),
    inputs=(
        ArrayDescription(name="x['age']", shape=(), dtype="float32"),
        ArrayDescription(name="x['words']", shape=(12, 3), dtype="text"),
    ),
    targets=(ArrayDescription(name="y", shape=(), dtype="int64"),),
)
FAULT = Finding(
    severity=Severity.ERROR,
    told="ValueError: no such kind",
    place="churn.py, line 31",
    hint="mend it",
    details="Traceback (most recent call last):\n  [red]line[/red]\n",
)


def facts(order: Order) -> list[Fact]:
    return [DataSeen(description=DATA, digest="abc", place="", seconds=0.25), FAULT, *all_of(order)]


def test_the_text_tells_sizes_costs_and_what_to_do() -> None:
    told = render_inspection(inspected(Returned(None), facts=facts))
    assert "1,200 examples to train, 300 to validate, none to test; loaded in 250 ms" in told
    assert "x['age'] (float32), x['words'] (12 × 3 of text) → y (int64)" in told
    assert "100 ms a batch, 10 batches an epoch, 100.0 MB of memory at most" in told
    assert "about 6.3 s a trial, so at most 6 min 21 s for 40 trials and 20 trainings that confirm the best" in told
    assert "error     churn.py, line 31: ValueError: no such kind" in told or "churn.py, line 31: ValueError" in told
    assert "  [red]line[/red]" in told and "what to do: mend it" in told
    assert told.endswith("A search would fail: 1 error.\n")


def test_what_was_not_tried_is_told_with_the_way_to_try_it_and_gives_no_verdict() -> None:
    told = render_inspection(inspected(Died("late", timed_out=True), facts=lambda _: []))
    assert "for lack of time; --full tries all" in told and "- loading the data" in told
    assert told.endswith("Too little could be tried to tell whether a search can begin.\n")
    assert render_inspection(inspected(Returned(None))).endswith("A search can begin.\n")
    some = inspected(Died("late", timed_out=True), facts=lambda order: all_of(order)[:-1])
    assert render_inspection(some).endswith("A search can begin, as far as could be tried.\n")


def test_the_data_are_json_and_have_each_point_and_finding() -> None:
    described = json.loads(json.dumps(describe_inspection(inspected(Returned(None), facts=facts)), allow_nan=False))
    assert described["exit_code"] == 2 and described["findings"][0]["place"] == "churn.py, line 31"
    assert {each["batch_seconds"] for each in described["points"]} == {0.1}
    assert described["points"][0]["params"] == {"units": 4, "optimizer": "adam"}
