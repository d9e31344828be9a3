"""What the report says of a search in words."""

import pytest

from job.core.study import Study
from job.report import sentences
from job.report.summary import summarize
from tests.fakes import START, study_of


def totals(study: Study) -> dict[str, str]:
    return dict(sentences.totals_rows(summarize(study)))


def test_the_last_run_ends_at_the_latest_time_there_is_though_a_clock_was_put_back() -> None:
    study = study_of(0.9).open_run(now=START - 7_200).touch_run(now=START - 3_600)

    assert totals(study)["Runs"] == "2, from 2025-06-15 15:06 to 2025-06-15 15:07 UTC"


def test_a_run_that_was_never_saved_ends_when_it_began() -> None:
    study = Study(fingerprint=study_of().fingerprint).open_run(now=START)

    assert totals(study)["Runs"] == "1, from 2025-06-15 15:06 to 2025-06-15 15:06 UTC"


def test_the_ways_in_which_trials_ended_are_counted() -> None:
    assert totals(study_of(0.9, None, imported=[0.8], running_epochs=1))["Trials"] == (
        "3: 1 completed, 1 failed, 1 unfinished; 1 of evidence besides"
    )
    assert totals(study_of())["Trials"] == "0: 0 completed"


@pytest.mark.parametrize(
    ("study", "sentence"),
    [
        (study_of(), "The command hpo-job search starts the search."),
        (study_of(running_epochs=1), "the same command goes on with the search."),
        (
            study_of(None, None, imported=[0.5]),
            "2 failed. The report tells why, and the log of each what it printed, such as trials/0002/log.txt in the",
        ),
    ],
)
def test_without_a_completed_trial_it_is_told_what_to_do(study: Study, sentence: str) -> None:
    assert sentence in sentences.nothing_completed(summarize(study))


def test_a_class_is_most_mistaken_for_what_most_of_its_images_are_taken_for() -> None:
    names = ("seven", "eight", "nine")

    assert sentences.most_mistaken((3_000, 5, 20), 0, names) == "nine (20)"
    assert sentences.most_mistaken((0, 3_000, 0), 1, names) == "–"
    assert sentences.most_mistaken((5,), 0, ("all",)) == "–"
