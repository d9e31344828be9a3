"""The data sets of a training."""

import numpy as np
import pytest

from job.core.randomness import Seeds
from job.data import Images
from job.training.batches import TrainingBatches, evaluation_batches
from job.training.steps import Steps

pytestmark = pytest.mark.slow

IMAGES = Images(np.zeros((7, 4, 4, 1), np.uint8), np.zeros(7, np.int64))


def test_no_data_set_is_tuned_by_the_time_of_day_which_would_hang_once_the_clock_is_set_back() -> None:
    batches = TrainingBatches(IMAGES, 3, Seeds(seed=0, trial=1))
    validation = evaluation_batches(IMAGES)
    for dataset in (batches.epoch(0, first=1), Steps(batches).counted_by, validation, validation.take(1)):
        assert dataset.options().autotune.enabled is False
