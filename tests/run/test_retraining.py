"""A trial that is trained again for more epochs: with all that its search decided but these."""

from dataclasses import replace
from pathlib import Path

import pytest

from job.core.fingerprint import Fingerprint
from job.core.problem import Declared, Sources
from job.core.randomness import Seeds
from job.core.space import Params
from job.core.study import Study
from job.data import DataSource
from job.errors import SettingsChangedError
from job.problems import load, module_name
from job.run.evidence import begin_again
from job.run.fingerprint import check_same
from job.run.in_force import asked_of
from job.run.retraining import begin_retraining, trial_to_retrain
from job.settings import Settings
from job.state import study_json
from job.state.directory import StateDirectory
from job.training import setup_of
from tests.fakes import START, study_of
from tests.report.confirmations import confirmed_study, searched_study

DIGITS = load(module_name("digits")).declared
BEST: Params = {"learning_rate": 0.05, "num_dense_layers": 2, "num_dense_nodes": 37, "activation": "sigmoid"}
WIDER = Settings(problem="digits", bounds=["learning_rate=1e-5:0.5"], choices=["num_dense_layers=1,2"], seed=5)


def declare(_: str | Sources) -> Declared:
    return DIGITS


def searched(fingerprint: Fingerprint, params: Params, number: int) -> Study:
    """Return a search whose trials have completed, the last of this number with these values, and the best score."""
    study = Study(fingerprint=fingerprint).open_run(now=START)
    for each in range(1, number + 1):
        study = study.propose(params if each == number else fingerprint.default).start(each, now=START)
        logs = ({"loss": 1.0, fingerprint.objective.metric: each / 100},) * fingerprint.epochs
        study = study.complete(each, logs, seconds=1.0, now=START, model_sha256="0" * 64)
    return study


@pytest.fixture
def retrained(tmp_path: Path) -> Study:
    """The first study of the retraining of trial 3, the best one of WIDER, for 30 epochs."""
    fingerprint = replace(asked_of(WIDER, None, declare).fingerprint, data="9f2c")
    study = searched(fingerprint, BEST, 3)
    place = begin_retraining(StateDirectory(tmp_path), study, trial_to_retrain(study, None), 30)
    assert place.root == tmp_path / "retrained-3-to-30"
    again = begin_retraining(StateDirectory(tmp_path), study, trial_to_retrain(study, 3), 30)
    found = again.read().study
    assert found is not None and study_json.load(study_json.dump(found)) == found
    return found


def test_the_trial_to_train_longer_is_the_confirmed_one() -> None:
    assert trial_to_retrain(confirmed_study(), None).number == 3
    assert trial_to_retrain(searched_study(), None).number == 1


def test_it_is_trained_to_its_end_by_itself_and_with_the_memory_of_a_gpu_that_the_trial_had(tmp_path: Path) -> None:
    fingerprint = replace(asked_of(WIDER, None, declare).fingerprint, rungs=(0.5, 1.0), lookahead=8, gpu_memory=4096)
    study = searched(fingerprint, BEST, 1)
    found = begin_retraining(StateDirectory(tmp_path), study, study.trial(1), 30).read().study
    assert found is not None
    assert (found.fingerprint.rungs, found.fingerprint.lookahead, found.fingerprint.gpu_memory) == ((), 1, 4096)


def test_the_one_point_is_trained_with_the_random_numbers_of_the_trial(retrained: Study) -> None:
    fingerprint = retrained.fingerprint
    assert (fingerprint.default, fingerprint.space.size, fingerprint.epochs, fingerprint.seed) == (BEST, 1, 30, 5)
    assert setup_of(fingerprint, DataSource()).seeds_of(1) == Seeds(seed=5, trial=3)
    assert setup_of(study_of().fingerprint, DataSource()).seeds_of(1).trial == 1


def test_what_a_run_asks_for_in_the_state_is_what_is_there(retrained: Study) -> None:
    asked = asked_of(Settings(trials=1), retrained, declare).fingerprint
    assert replace(asked, data="9f2c") == retrained.fingerprint
    assert asked.as_trial == 3


def test_a_retraining_has_begun_before_any_trial_so_that_other_data_or_settings_are_refused(retrained: Study) -> None:
    assert retrained.is_begun and not retrained.trials
    with pytest.raises(SettingsChangedError, match="data: 9f2c… in the state, 77…"):
        check_same(retrained.fingerprint, replace(retrained.fingerprint, data="77"))


def test_a_search_that_begins_again_takes_no_retraining_along(tmp_path: Path) -> None:
    store, study = StateDirectory(tmp_path), study_of(0.9)
    store.save(study)
    begin_retraining(store, study, trial_to_retrain(study, 1), 30)
    begin_again(study, replace(study.fingerprint, seed=9), store, tell=lambda _: None)
    assert [each.name for each in (tmp_path / "before-1").glob("retrained-*")] == ["retrained-1-to-30"]
    assert not list(tmp_path.glob("retrained-*"))
