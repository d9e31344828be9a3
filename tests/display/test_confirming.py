"""What displays tell of a confirmation."""

import json
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from job.core import events
from job.core.events import (
    BatchesDone,
    ConfirmationEnded,
    ConfirmationStarted,
    EpochEnded,
    Event,
    RoundEnded,
    RunStarted,
    TrialEnded,
    TrialStarted,
)
from job.core.study import Study
from job.display.drawing import draw
from job.display.jsonl import JsonDisplay
from job.display.lines import describe_event
from job.display.scene import Scene
from tests.fake_confirmation import confirming

ROUND = (0.91, 0.94, 0.95)  # of the trials 1, 2 and 3: the first leaves
CHOSEN = (*ROUND, 0.93, 0.96)  # of 3 and 2: the means are 94.0 % and 95.0 %
MEASURED = (*CHOSEN, 0.90, 0.94)  # of 2


def record(event: Event, study: Study) -> dict[str, Any]:
    stream = StringIO()
    with JsonDisplay(stream) as display:
        display(event, study)
    found: dict[str, Any] = json.loads(stream.getvalue())
    return found


def drawn(*happened: Event, study: Study, width: int = 120) -> str:
    scene = Scene()
    for event in happened:
        scene = scene.after(event, study, now=0.0)
    console = Console(file=StringIO(), width=width, height=24, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(draw(scene, now=72.0))
    return capture.get()


def test_a_replicate_is_named_by_the_trial_that_is_trained_again_and_its_seed() -> None:
    study = confirming(*ROUND, running=True)
    start = describe_event(TrialStarted(-4, 2), study)
    assert start is not None and start.startswith("trial 3 again on seed 2 starts (attempt 2): learning_rate")
    assert describe_event(EpochEnded(-4, 1, {"val_accuracy": 0.9}), study) == (
        "trial 3 again on seed 2: epoch 1 of 3, val_accuracy 90.00 %"
    )
    failed = describe_event(TrialEnded(-1), confirming(None))
    assert failed == ("trial 1 again on seed 1 failed: ValueError: no such layer (log: replicates/0001/log.txt)")


def test_a_replicate_that_has_completed_is_told_with_the_mean_of_its_candidate_and_not_with_the_best_trial() -> None:
    first, second, last = (
        describe_event(TrialEnded(number), confirming(*MEASURED[:-number])) for number in (-1, -4, -7)
    )
    assert first == "trial 1 again on seed 1 completed in 1 min 00 s: val_accuracy 91.00 %"
    assert second is not None and second.endswith(": val_accuracy 93.00 %, 94.00 % in the mean of 2 seeds")
    assert last is not None and last.endswith(": val_accuracy 94.00 %, 92.00 % in the mean of 2 seeds")


@pytest.mark.parametrize(
    ("event", "scores", "line"),
    [
        (
            ConfirmationStarted((1, 2, 3), measuring=2, trainings=7),
            (),
            (
                "confirming: which is the best of trials 1, 2 and 3 is chosen on fresh seeds, and measured on 2 more; "
                "7 trainings, about 7 min 00 s"
            ),
        ),
        (
            RoundEnded((3, 2), None),
            ROUND,
            "confirming: trials 3 and 2 are left, with val_accuracy 95.00 % and 94.00 % on one seed",
        ),
        (
            RoundEnded((2,), 2),
            CHOSEN,
            (
                "confirming: trial 2 has won, with val_accuracy 95.00 % in the mean of 2 seeds; "
                "it is measured on 2 more seeds"
            ),
        ),
        (
            ConfirmationEnded(2),
            MEASURED,
            "confirmed: trial 2: val_accuracy 92.00 % in the mean of 2 seeds that chose nothing",
        ),
        (
            ConfirmationEnded(2),
            (*CHOSEN, None, 0.94),
            "confirmed: trial 2: val_accuracy 94.00 % on one seed that chose nothing; it failed on 1 more",
        ),
        (
            ConfirmationEnded(2),
            (*CHOSEN, None, None),
            "confirmed: nothing, since trial 2, which has won, failed on every seed that was to measure it",
        ),
        (ConfirmationEnded(None), (None,) * 3, "confirmed: nothing, since all candidates have failed"),
    ],
)
def test_a_confirmation_tells_who_is_left_who_has_won_and_what_it_has_found(
    event: Event, scores: tuple[float | None, ...], line: str
) -> None:
    assert describe_event(event, confirming(*scores)) == line


def test_one_candidate_is_told_to_be_measured_without_a_choice() -> None:
    line = describe_event(ConfirmationStarted((1,), measuring=3, trainings=3), confirming(confirm="1x3"))
    assert line == "confirming trial 1 on 3 fresh seeds, about 3 min 00 s"


def test_how_far_a_run_is_tells_the_trainings_of_a_confirmation_that_has_begun() -> None:
    best = "best val_accuracy 99.00 % (trial 1)"
    assert describe_event(RunStarted(), confirming()) == f"search of mnist: 4 of 4 trials done, {best}"
    assert describe_event(RunStarted(), confirming(*ROUND, running=True)) == (
        f"search of mnist: 4 of 4 trials done, 3 of 7 trainings of the confirmation, {best}"
    )


def test_the_best_model_is_told_apart_from_the_others_that_are_tested() -> None:
    study = confirming(*MEASURED)
    assert describe_event(events.TestStarted(-6), study) == "testing the best model, of trial 2 again on seed 3"
    assert describe_event(events.TestStarted(-7), study) == "testing the model of trial 2 again on seed 4"


def test_json_tells_of_a_replicate_which_trial_it_trains_again_and_on_which_seed() -> None:
    study = confirming(*ROUND, 0.93)
    told = record(TrialEnded(-4), study)
    assert (told["number"], told["replicate_of"], told["seed"], told["best"]) == (-4, 3, 2, False)
    assert record(EpochEnded(-4, 1, {}), study)["seed"] == 2
    assert "seed" not in record(TrialEnded(1), study)


def test_json_tells_how_a_confirmation_goes_on() -> None:
    assert record(ConfirmationStarted((1, 2, 3), 2, 7), confirming(running=True))["seconds_left"] == 420.0
    ended = record(RoundEnded((2,), 2), confirming(*CHOSEN))
    assert (ended["event"], ended["left"], ended["winner"]) == ("round_ended", [2], 2)
    assert ended["scores"] == [pytest.approx(0.95)]
    over = record(ConfirmationEnded(2), confirming(*CHOSEN, None, 0.94))
    assert (over["winner"], over["score"], over["seeds"], over["failed"]) == (2, 0.94, 2, 1)
    assert record(RunStarted(), confirming(*ROUND))["confirmation"]["left"] == [3, 2]


def test_a_replicate_is_drawn_with_a_bar_of_its_own_and_the_search_with_its_trainings() -> None:
    text = drawn(TrialStarted(-4, 1), BatchesDone(-4, 1, 20, 41), study=confirming(*ROUND, running=True), width=200)
    assert "trial 3 again on seed 2 " in text
    assert "now       trial 3 again on seed 2: learning_rate" in text
    (search,) = (line for line in text.splitlines() if line.startswith("search"))
    assert "4 of 4 trials done, 3 of 7 trainings of the confirmation, about 4 min 00 s left" in search


@pytest.mark.parametrize("width", [60, 100])
def test_no_line_is_wider_than_the_terminal_where_several_replicates_are_in_training(width: int) -> None:
    study = confirming(running=True).replicate(2, 1, worker=2, begins=0.0).start(-2, now=0.0)
    text = drawn(TrialStarted(-1, 1), TrialStarted(-2, 1), study=study, width=width)
    assert "trial 2 again on seed 1  " in text
    assert "epoch 1" in text
    assert all(len(line) <= width for line in text.splitlines())


def test_the_model_that_is_tested_is_drawn_by_its_name() -> None:
    assert "the model of trial 2 again on seed 4" in drawn(events.TestStarted(-7), study=confirming(*MEASURED))
