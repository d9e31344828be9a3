"""The report as text."""

import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from job.core.evidence import Evidence
from job.core.fingerprint import DataDescription
from job.core.space import Real, Space
from job.core.study import Study
from job.core.tested import TestResult
from job.report.summary import summarize
from job.report.text import draw_report, render_text
from job.words import format_duration, format_score, format_size, is_share
from tests.fakes import START, study_of


def _text(study: Study) -> str:
    return render_text(summarize(study))


def _rows(text: str) -> list[list[str]]:
    """Return the cells of the table of trials, without its header."""
    table = text.split("Trials, the best first\n")[1].split("\n\n", maxsplit=1)[0]
    return [re.split(r"\s{2,}", line.strip()) for line in table.splitlines()[2:]]


def test_the_trials_stand_in_a_table_with_the_best_first() -> None:
    first, second, last = _rows(_text(study_of(0.91, 0.988, None)))

    assert first == ["1", "2", "9.1e-04", "30", "0.110", "relu", "98.80 %", "▅▆█", "3", "1 min 00 s", "completed"]
    assert second[1] == "1"
    assert last == ["–", "3", "2.8e-06", "41", "0.415", "tanh", "–", "–", "–", "–", "failed"]


def test_the_columns_of_the_table_line_up() -> None:
    table = _text(study_of(0.91, 0.988, 0.5)).split("Trials, the best first\n")[1].split("\n\n")[0]
    lines = table.splitlines()

    assert len({line.index(" %") for line in lines if "%" in line}) == 1
    assert {line.index("completed") for line in lines[2:]} == {lines[0].index("status")}


def test_the_search_is_described() -> None:
    text = _text(study_of(0.9))

    assert "Hyper-parameter search of mnist, by val_accuracy" in text
    assert re.search(r"learning_rate +1e-06 … 0\.01 +log-uniform +3\.0e-05", text)
    assert re.search(r"activation +relu \| tanh", text)
    assert "the default point, then 10 random points" in text
    assert "expected improvement on a Gaussian process (EI, GP)" in text
    assert "3 epochs in batches of 128, seed 7, deterministic" in text
    assert "SHA-256 9f2c51d2a74be08b…" in text
    assert "40 trials" in text


def test_the_test_set_and_the_place_of_the_model_are_told() -> None:
    study = study_of(0.9).record_test(TestResult(number=1, metrics={"loss": 0.0291, "accuracy": 0.9905}))
    text = render_text(summarize(study), model_path="state/best.keras")

    assert "accuracy 99.05 %, loss 0.0291" in text
    assert "state/best.keras" in text


def test_a_loss_is_not_a_percentage() -> None:
    text = _text(study_of(0.123456789, objective="val_loss:min"))

    assert "val_loss 0.123457" in text
    assert "less is better" in text


def test_a_failed_trial_is_told_with_its_whole_reason() -> None:
    study = study_of(0.9, running_epochs=0)
    reason = "ran out of memory: " + "a tensor of shape (128, 1024, 1024, 64) did not fit; " * 3
    text = _text(study.fail(2, reason, now=START))

    assert " ".join(reason.split()) in " ".join(text.split())


def test_a_failed_trial_names_the_file_of_what_it_printed_beside_the_model() -> None:
    text = render_text(summarize(study_of(0.9, None)), model_path="search/state/best.keras")

    assert "Trial 2  the loss became NaN in epoch 1\n           search/state/trials/0002/log.txt\n" in text
    assert "0001/log.txt" not in text


def test_evidence_that_scored_better_is_told() -> None:
    assert "Trial 1, which is evidence, scored better: 99.90 %." in _text(study_of(0.9, imported=[0.999]))
    assert "scored better" not in _text(study_of(0.9, imported=[0.8]))
    losses = study_of(0.9, imported=[0.8], objective="val_loss")
    assert "Trial 1, which is evidence, scored better: 0.8." in _text(losses)


def test_evidence_stands_in_a_table_of_its_own_the_best_first() -> None:
    told = Evidence(source="/old", sha256="", numbers=(*range(21, 33),), left_out={"failed": 2}, data="other", epochs=9)
    study = study_of(0.9, imported=[number / 20 for number in range(12)])
    text = _text(replace(study, evidence=told))
    own, evidence = text.split("Evidence from elsewhere\n")
    assert "  12 of 14 trials of /old, scored on other data and with 9 epochs each. Left out: 2 failed." in evidence
    assert "trial  there" in evidence and "   12     32" in evidence and "and 2 more, which trials.csv has" in evidence
    assert "Best trial\n  Trial       13 of 13\n" in own and "55.00 %" not in own
    assert "Evidence" not in _text(study_of(0.9))


def test_interruptions_are_counted() -> None:
    study = study_of(0.9).open_run(now=START + 100).open_run(now=START + 200)

    assert re.search(r"Interruptions +2 survived", _text(study))
    assert re.search(r"Interruptions +none", _text(study_of(0.9)))


def test_a_study_without_trials_says_so() -> None:
    text = _text(study_of())

    assert "No trial has been started yet" in text
    assert "Trials, the best first" not in text


def test_a_study_of_failures_says_what_to_look_at() -> None:
    text = _text(study_of(None, None))

    assert "No trial has completed, and 2 failed." in text
    assert "trials/0001/log.txt" in text


def test_an_unfinished_trial_is_not_called_running() -> None:
    assert _rows(_text(study_of(running_epochs=2)))[0][-3:] == ["2", "40 s", "unfinished"]


def test_a_trial_whose_last_attempt_died_has_not_failed() -> None:
    assert "Failed trials" not in _text(study_of(running_epochs=1).stumble(1, "its process was killed", now=START))


def test_plain_text_has_no_escape_codes_and_truncates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    study = study_of(running_epochs=0)
    names = [f"a_dimension_with_a_long_name_{index}" for index in range(6)]
    space, params = Space(tuple(Real(name, 0.0, 1.0) for name in names)), dict.fromkeys(names, 0.5)
    fingerprint = replace(study.fingerprint, space=space, default=params)
    text = _text(replace(study, fingerprint=fingerprint, trials=(replace(study.trial(1), params=params),)))

    assert "\x1b" not in text
    assert "…_" not in text
    header = text.split("Trials, the best first\n")[1].splitlines()[0]
    assert header.split() == ["rank", "trial", *names, "val_accuracy", "curve", "epochs", "time", "status"]


def _on_terminal(study: Study, *, width: int) -> str:
    console = Console(file=StringIO(), width=width, force_terminal=True, color_system="standard")
    with console.capture() as capture:
        console.print(draw_report(summarize(study)), highlight=False)
    return capture.get()


def test_a_terminal_gets_the_best_trial_in_green_and_a_failed_one_in_red() -> None:
    text = _on_terminal(study_of(0.9876, None), width=120)

    assert re.search(r"\x1b\[1;32m.*98\.76 %.*completed", text)
    assert re.search(r"\x1b\[31m.*failed", text)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", _on_terminal(study_of(0.9876, None, 0.9), width=width))

    assert "98.76 %" in plain
    assert max(len(line) for line in plain.splitlines()) <= width


def test_the_command_can_be_copied_however_long_its_words_are() -> None:
    options = ("--data", "/data" * 40)
    text = _text(study_of(0.9).open_run(now=START, options=options))

    assert f"  Command  hpo-job search --data \\\n             {options[1]} \\\n             --surrogate GP\n" in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.96, "10 s"),
        (42, "42 s"),
        (59.7, "1 min 00 s"),
        (725, "12 min 05 s"),
        (3600 + 180, "1 h 03 min"),
        (2 * 86400 + 4 * 3600, "2 d 04 h"),
    ],
)
def test_a_duration_is_written_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_sizes_and_scores_are_written_with_units() -> None:
    assert format_size(9_912_422) == "9.9 MB"
    assert format_size(512) == "512 B"
    assert format_score("val_accuracy", 0.98801) == "98.80 %"
    assert format_score("val_loss", float("nan")) == "not a number"
    assert format_score("val_loss", None) == "–"


def test_an_accuracy_is_a_share_and_a_loss_is_none() -> None:
    metrics = ("val_accuracy", "acc", "val_loss", "accuracy_loss", "auc")
    assert [metric for metric in metrics if is_share(metric)] == ["val_accuracy", "acc"]


def test_how_sure_the_scores_are_is_told_beside_them() -> None:
    names = ("seven", "eight", "nine")
    data = DataDescription(train=9, validation=5_000, test=10_000, image_shape=(28, 28, 1), class_names=names)
    study = study_of(0.9, 0.988, 0.987, epochs=1).describe_data(data)
    confusion = ((3_000, 20, 0), (5, 3_900, 75), (0, 0, 3_000))
    text = _text(study.record_test(TestResult(number=2, metrics={"accuracy": 0.985}, confusion=confusion)))

    assert "val_accuracy 98.80 % (95 % interval 98.46 to 99.07 %, 5,000 images)" in text
    assert "accuracy 98.50 % (95 % interval 98.24 to 98.72 %, 10,000 images)" in text
    assert "5,000 images)\n              best so far, unconfirmed: another seed may give another score\n" in text
    assert "9 images to train, 5,000 to validate, 10,000 to test; 28 × 28 × 1, 3 classes" in text
    assert re.search(r"eight +3,980 +97.99 % +97.51 to 98.38 % +nine \(75\)", text)
    assert re.search(r"seven +3000 +20 +·\n", text)
    assert "hpo-job search --surrogate GP\n" in text


def test_a_single_class_is_mistaken_for_nothing() -> None:
    data = DataDescription(train=9, validation=9, test=5, image_shape=(8, 8, 1), class_names=("all",))
    study = study_of(0.9).describe_data(data)
    text = _text(study.record_test(TestResult(number=1, metrics={"accuracy": 1.0}, confusion=((5,),))))
    assert re.search(r"all +5 +100.00 % .* –\n", text)
