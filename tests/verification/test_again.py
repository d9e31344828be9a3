"""Trials that are trained again, and the best model, against what a study says of them."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from job.core.study import Study
from job.core.trial import EpochLogs, Hits, RungScore, Trial
from job.data import DataSource
from job.errors import DataMissingError, ExitCode
from job.executors import HERE, Died, Ending, Handle, Place, Raised, Returned, Tell
from job.training import Completed, Diverged, Setup, advance, digest_of_model, look_for_devices, setup_of
from job.verification import Saved, Verification, verify
from job.verification.again import check_trial, chosen, compare_trained
from job.verification.bench import Bench
from job.verification.finding import Difference, Subject
from job.verification.model import digest_of_data
from tests.fake_search import CPU
from tests.fakes import study_of
from tests.verification.searches import searched, with_trial

SEARCH = searched()
TRIAL = SEARCH.trial(3)
COMPLETED = Completed(TRIAL.history, 1.0, "another file", TRIAL.n_weights, TRIAL.kept, TRIAL.weights_sha256)
SETUP = setup_of(SEARCH.fingerprint, DataSource())


@dataclass
class Answering:
    """An executor that answers each call by what `answers` say of its function; a trial comes out as it did."""

    study: Study
    answers: dict[Callable[..., Any], Ending] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    ending: Ending = field(default_factory=lambda: Died("nothing was submitted"))

    def start(self) -> None:
        self.calls.append("start")

    def prepare(self) -> None:
        pass

    def submit(
        self,
        function: Callable[..., Any],
        *args: Any,
        log: Path | None,
        timeout: float | None = None,
        place: Place | None = HERE,
        folder: Path | None = None,
    ) -> Handle:
        number = f" {args[1]}" if function is advance else ""
        self.calls.append(f"{function.__name__}{number}")
        self.ending = self.answers.get(function) or self._as_recorded(function, args)
        return Handle(len(self.calls))

    def _as_recorded(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Ending:
        if function is digest_of_data:
            return Returned(self.study.fingerprint.data)
        if function is look_for_devices:
            return Returned((CPU,))
        trial = self.study.best if function is digest_of_model else self.study.trial(args[1])
        assert trial is not None
        if function is digest_of_model:
            return Returned(trial.weights_sha256)
        return Returned(Completed(trial.history, 1.0, "file", trial.n_weights, trial.kept, trial.weights_sha256))

    def wait(self, handles: Collection[Handle], tell: Tell, seconds: float) -> Mapping[Handle, Ending]:
        return dict.fromkeys(handles, self.ending)

    def stop(self, handle: Handle) -> None:
        pass

    def close(self, handle: Handle) -> None:
        pass

    def close_all(self) -> None:
        pass


class Unwatched:
    def replaying(self, step: int, steps: int) -> None:
        pass

    def looking(self, what: str) -> None:
        pass

    def training(self, trial: Trial, place: int, trials: int) -> None:
        pass


def bench(directory: Path, executor: Answering) -> Bench:
    return Bench(executor=executor, directory=directory, hear=lambda _: None)


def saved(study: Study) -> Saved:
    """Return a study with the file of its best model."""
    best = study.best
    assert best is not None
    return Saved(study=with_trial(study, best.number, model_sha256=sha256(b"a model").hexdigest()), model=b"a model")


def verified(directory: Path, executor: Answering, *, trials: int = 1, setup: Setup | None = SETUP) -> Verification:
    return verify(saved(executor.study), trials, setup, bench(directory, executor), Unwatched())


def found(*, trials: int, study: Study = SEARCH) -> list[int]:
    return [trial.number for trial in chosen(study, trials)]


def test_the_best_trial_is_trained_first_and_others_are_spread_evenly() -> None:
    study = study_of(0.1, 0.2, 0.3, 0.4, 0.9, 0.5, 0.6, 0.7, None, 0.8)

    assert found(study=study, trials=0) == []
    assert found(study=study, trials=1) == [5]
    assert found(study=study, trials=2) == [5, 6]
    assert found(study=study, trials=3) == [5, 3, 8]
    assert sorted(found(study=study, trials=99)) == [1, 2, 3, 4, 5, 6, 7, 8, 10]


def test_of_a_search_that_has_completed_none_no_trial_is_trained_again() -> None:
    assert found(study=study_of(None, imported=[0.9]), trials=3) == []


def test_a_trial_that_comes_out_as_recorded_is_told_so_though_its_file_is_another_one() -> None:
    finding = compare_trained(TRIAL, COMPLETED)

    assert finding.differences == ()
    assert finding.told == "trial 3 trained again: 3 epochs and the weights, the same to the last bit"


def test_the_last_bit_of_one_epoch_is_found_and_told_in_full() -> None:
    value = TRIAL.history[1]["val_accuracy"]
    recorded = math.nextafter(value, 1)
    history: tuple[EpochLogs, ...] = (
        TRIAL.history[0],
        {**TRIAL.history[1], "val_accuracy": recorded},
        TRIAL.history[2],
    )

    finding = compare_trained(replace(TRIAL, history=history), COMPLETED)
    assert finding.differences == (
        Difference(place="trial 3, epoch 2", name="val_accuracy", recorded=recorded, now=value),
    )


def test_an_epoch_or_a_metric_more_or_less_is_found() -> None:
    fewer = compare_trained(replace(TRIAL, history=TRIAL.history[:2]), COMPLETED)
    assert [(each.name, each.recorded, each.now) for each in fewer.differences] == [("epochs", 2, 3)]

    history = ({"val_accuracy": TRIAL.history[0]["val_accuracy"]}, *TRIAL.history[1:])
    (without,) = compare_trained(replace(TRIAL, history=history), COMPLETED).differences
    assert (without.place, without.name, without.recorded, without.now) == ("trial 3, epoch 1", "loss", None, 0.1)


def test_another_score_at_a_rung_is_found() -> None:
    rung = RungScore(epochs=0.33, batches=14, score=0.5)
    (found,) = compare_trained(
        replace(TRIAL, rungs=(rung,)), replace(COMPLETED, rungs=(replace(rung, score=0.25),))
    ).differences
    assert found == Difference(place="trial 3, rungs", name="0.33 epochs", recorded=0.5, now=0.25)


def test_other_weights_and_what_they_give_are_found() -> None:
    weights = compare_trained(replace(TRIAL, weights_sha256="0" * 64), COMPLETED)
    assert [each.name for each in weights.differences] == ["SHA-256 of the weights"]

    kept = compare_trained(replace(TRIAL, kept={"val_accuracy": 0.5}), COMPLETED)
    assert [each.place for each in kept.differences] == ["trial 3, weights that are kept"]


def test_other_validation_examples_that_are_right_are_found_where_they_are_recorded() -> None:
    hits = Hits(examples=9, packed=b"\xfe\x80")
    recorded = replace(TRIAL, hits=hits)
    assert compare_trained(recorded, replace(COMPLETED, hits=hits)).differences == ()
    assert compare_trained(TRIAL, replace(COMPLETED, hits=hits)).differences == ()

    for other in (replace(hits, packed=b"\xfd\x80"), None):
        (found,) = compare_trained(recorded, replace(COMPLETED, hits=other)).differences
        assert found.name == "SHA-256 of the validation examples that are right"


def test_the_weights_of_an_earlier_release_are_not_compared() -> None:
    finding = compare_trained(replace(TRIAL, weights_sha256=""), COMPLETED)

    assert finding.differences == ()
    assert finding.told == "trial 3 trained again: 3 epochs, the same to the last bit"
    assert finding.not_compared == ("the weights of trial 3, which are not recorded",)


@pytest.mark.parametrize("ending", [Returned(Diverged("no")), Raised("no"), Died("no")])
def test_a_trial_that_completed_and_fails_now_is_a_difference(ending: Ending, tmp_path: Path) -> None:
    (difference,) = check_trial(TRIAL, SETUP, bench(tmp_path, Answering(SEARCH, {advance: ending}))).differences

    assert (difference.recorded, difference.now) == ("completed", "no")


def test_a_search_that_comes_out_again_differs_in_nothing(tmp_path: Path) -> None:
    executor = Answering(SEARCH)
    # What the real proposals would be is another matter.
    findings = [each for each in verified(tmp_path, executor, trials=2).findings if each.subject is not Subject.PLAN]

    assert [each.subject for each in findings] == ["steps", "journal", "model", "data", "weights", "trials", "trials"]
    assert not any(each.differences for each in findings)


def test_without_training_no_process_is_started_where_nothing_differs(tmp_path: Path) -> None:
    executor = Answering(study_of())
    found = verify(Saved(study=executor.study, model=None), 0, None, bench(tmp_path, executor), Unwatched())

    assert (executor.calls, found.exit_code, found.causes) == ([], ExitCode.OK, ())


def test_a_model_that_is_missing_or_another_one_is_found(tmp_path: Path) -> None:
    executor, state = Answering(SEARCH), saved(SEARCH)
    for model in (None, b"another"):
        found = verify(replace(state, model=model), 0, None, bench(tmp_path, executor), Unwatched())
        finding = next(each for each in found.findings if each.subject is Subject.MODEL)
        assert [each.place for each in finding.differences] == ["best.keras"]


@pytest.mark.parametrize("answer", [Returned("0" * 64), Raised("ValueError: no weights"), Died("killed")])
def test_weights_that_are_not_those_that_training_left_are_found(answer: Ending, tmp_path: Path) -> None:
    executor = Answering(SEARCH, {digest_of_model: answer})
    finding = next(each for each in verified(tmp_path, executor).findings if each.subject is Subject.WEIGHTS)

    assert [each.name for each in finding.differences] == ["SHA-256 of its weights"]


def test_on_other_data_nothing_is_trained(tmp_path: Path) -> None:
    executor = Answering(SEARCH, {digest_of_data: Returned("0" * 64)})
    found = verified(tmp_path, executor)

    assert executor.calls == ["start", "digest_of_data", "start", "look_for_devices"]
    assert found.findings[-1].subject is Subject.DATA and found.findings[-1].differences
    assert any("--data" in cause for cause in found.causes)


def test_data_that_are_missing_are_an_error_for_the_user(tmp_path: Path) -> None:
    error = DataMissingError("gone")

    with pytest.raises(DataMissingError, match="gone"):
        verified(tmp_path, Answering(SEARCH, {digest_of_data: Raised("gone", error)}))


def test_what_has_no_numbers_to_go_by_is_not_replayed(tmp_path: Path) -> None:
    executor = Answering(with_trial(SEARCH, 3, number=4))
    found = verified(tmp_path, executor)

    assert [each.subject for each in found.findings] == ["steps"]
    assert found.exit_code == ExitCode.DATA_ERROR
