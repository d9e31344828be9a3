"""A search as a notebook sees it."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from job import open_study
from job.core.study import Study
from job.core.tested import TestResult
from job.errors import NoProgressError, SettingsError, StateUnreadableError
from job.notebook.study import SavedStudy
from job.state.directory import StateDirectory
from tests.fake_rungs import begin_trial, search_on_rungs, stop_trial
from tests.fakes import START, study_of
from tests.report.confirmations import confirmed_study


def saved(root: Path, study: Study) -> SavedStudy:
    StateDirectory(root).save(study)
    return open_study(str(root))


def test_a_study_tells_what_is_searched_and_its_trials_by_number(tmp_path: Path) -> None:
    study = study_of(0.9, None, 0.95, running_epochs=1)
    found = saved(tmp_path, study)
    assert (found.problem, str(found.objective), found.space.names[0]) == ("mnist", "val_accuracy:max", "learning_rate")
    assert [(each.number, each.status, each.score) for each in found.trials] == [
        (1, "completed", 0.9),
        (2, "failed", None),
        (3, "completed", 0.95),
        (4, "running", None),
    ]
    first, failed, best, _ = found.trials
    assert (first.params, first.origin, first.seconds) == (study.trials[0].params, "proposed", 60.0)
    assert first.started == datetime.fromtimestamp(START, UTC)
    assert first.epochs[-1]["val_accuracy"] == first.curve[-1] == 0.9 and len(first.epochs) == 3
    assert failed.reason == "the loss became NaN in epoch 1"
    assert found.best is best
    assert repr(found) == (
        f"<search of mnist in {tmp_path}: 2 of 4 trials completed, best val_accuracy 95.00 % (trial 3)>"
    )


def test_a_confirmed_study_has_the_winner_and_what_it_gave_on_fresh_seeds(tmp_path: Path) -> None:
    found = saved(tmp_path, confirmed_study())
    assert found.best is found.trials[2] and found.best.score == 0.95
    assert found.confirmation is not None and found.confirmation["winner"] == 3
    assert found.test is not None and found.test["loss"] == 0.3
    assert "best val_accuracy 96.97 % (trial 3, confirmed on 3 fresh seeds)" in repr(found)
    assert saved(tmp_path, study_of(0.9)).confirmation is None


def test_a_study_without_a_completed_trial_has_no_best_one(tmp_path: Path) -> None:
    found = saved(tmp_path, study_of(None))
    assert (found.best, found.test, found.curves()) == (None, None, {})
    assert repr(found) == f"<search of mnist in {tmp_path}: 0 of 1 trial completed>"
    with pytest.raises(NoProgressError, match="so there is no model yet"):
        found.load_best_model()


def test_a_trial_that_stopped_early_has_its_rungs_and_no_score(tmp_path: Path) -> None:
    found = saved(tmp_path, begin_trial(stop_trial(search_on_rungs(0.9))))
    completed, stopped, running = found.trials
    assert (stopped.status, stopped.score, stopped.stopped_at, stopped.rungs) == ("stopped", None, 0.33, {0.33: 0.412})
    assert [(each.stopped_at, each.rungs) for each in (completed, running)] == [(None, {}), (None, {})]
    assert "1 of 3 trials completed, 1 stopped early, best val_accuracy 90.00 % (trial 1)" in repr(found)


def test_evidence_is_among_the_trials_and_is_none_that_has_been_trained_here(tmp_path: Path) -> None:
    found = saved(tmp_path, study_of(0.8, imported=[0.9]))
    assert [(each.origin, each.score) for each in found.trials] == [("evidence", 0.9), ("proposed", 0.8)]
    assert found.best is found.trials[1] and "1 of 1 trial completed" in repr(found)


def test_a_test_is_that_of_the_best_trial(tmp_path: Path) -> None:
    study = study_of(0.9, 0.8).record_test(TestResult(number=1, metrics={"accuracy": 0.88}))
    assert saved(tmp_path, study).test == {"accuracy": 0.88}


def test_curves_are_of_the_objective_or_of_another_metric(tmp_path: Path) -> None:
    found = saved(tmp_path, study_of(0.9, None, running_epochs=1))
    assert found.curves() == {1: (0.88, 0.89, 0.9), 3: (0.48,)}
    assert found.curves("loss") == {1: pytest.approx((0.3, 0.2, 0.1)), 3: pytest.approx((0.3,))}
    with pytest.raises(SettingsError, match=r"expected one of the metrics loss, accuracy, .* found 'val_los'"):
        found.curves("val_los")


def test_a_study_stays_as_it_was_when_it_was_opened(tmp_path: Path) -> None:
    found = saved(tmp_path, study_of(0.9))
    StateDirectory(tmp_path).save(study_of(0.9, 0.95))
    assert (len(found.trials), len(open_study(tmp_path).trials)) == (1, 2)


def test_a_damaged_generation_is_told_and_the_one_before_opened(tmp_path: Path) -> None:
    store = StateDirectory(tmp_path)
    store.save(study_of(0.9))
    store.save(study_of(0.9, 0.95))
    store.study_file.write_text("{")
    told: list[str] = []
    assert len(open_study(tmp_path, warn=told.append).trials) == 1
    assert "study.json is damaged" in told[0]
    store.previous_study_file.unlink()
    with pytest.raises(StateUnreadableError, match="no generation of the state can be read"):
        open_study(tmp_path)


def test_a_directory_without_a_search_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no search in") as caught:
        open_study(tmp_path)
    assert caught.value.__notes__ == [f"what to do: {caught.value.hint}"]


def test_without_pandas_a_frame_is_refused_with_the_ways_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SettingsError, match="to_frame needs pandas") as caught:
        saved(tmp_path, study_of(0.9)).to_frame()
    assert "trials.csv" in caught.value.hint


def test_a_frame_has_a_row_for_each_trial_by_number(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = saved(tmp_path, study_of(0.9, None, 0.95)).to_frame()
    assert list(frame.index) == [1, 2, 3] and frame.index.name == "trial"
    assert list(frame["val_accuracy"].dropna()) == [0.9, 0.95]
    assert frame.loc[3, "rank"] == 1 and frame.loc[2, "status"] == "failed"
    assert {"learning_rate", "filters", "dropout", "activation"} <= set(frame.columns)
    assert frame.loc[1, "started"] == pandas.Timestamp(START, unit="s", tz="UTC")
