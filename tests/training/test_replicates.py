"""A point that is trained again on other random numbers, which are the same for all points."""

from dataclasses import replace
from pathlib import Path

import pytest

from job.state.directory import TrialFiles
from job.training import Advanced, Completed, Stopped, advance
from tests.fake_problems import tiny
from tests.training.control import FakeControl, asks_at_every
from tests.training.test_fit import SETUP

pytestmark = pytest.mark.slow


def train(directory: Path, number: int, replicate: int, control: FakeControl) -> Advanced:
    setup = replace(SETUP, replicate=replicate, epochs=2)
    return advance(setup, number, tiny.DEFAULT, setup.epochs, (), TrialFiles(directory), control)


def trained(directory: Path, number: int, replicate: int) -> tuple[object, str]:
    """Return the history and the digest of the weights."""
    outcome = train(directory, number, replicate, FakeControl())
    assert isinstance(outcome, Completed)
    return outcome.history, outcome.weights_sha256


def test_replicates_of_one_number_end_in_the_same_bits_whatever_trial_they_are_and_however_often_interrupted(
    tmp_path: Path,
) -> None:
    first = trained(tmp_path / "whole", -1, 1)
    assert train(tmp_path / "in pieces", -7, 1, FakeControl(asks_at_every(10))) == Stopped()
    assert trained(tmp_path / "in pieces", -7, 1) == first
    assert trained(tmp_path / "another", -2, 2) != first
