"""The network that a table is searched with: what it sees of a row, what it ends in, and that it is saved whole."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from job.core.space import Params
from job.data import Data
from job.problems import table

pytestmark = pytest.mark.slow

WIDE: Params = {**table.DEFAULTS["wide"], "batch_normalization": True, "optimizer": "sgd", "dropout": 0.1}


def rows(number: int) -> tuple[dict[str, NDArray[Any]], NDArray[np.float32]]:
    """Return rows of two numbers, one of which is missing now and then, and a category; and an amount."""
    random = np.random.default_rng(0)
    age, fee = random.normal(40, 10, number).astype(np.float32), random.normal(5, 1, number).astype(np.float32)
    plan = random.choice(np.array(["", "basic", "pro"], object), number)
    amount = 1000 * age + 20_000 * (plan == "pro")
    age[::9] = np.nan
    return {"age": age, "monthly fee": fee, "plan_kind": plan}, amount.astype(np.float32)


@pytest.mark.parametrize(("params", "of_classes"), [(table.DEFAULT, True), (WIDE, False)])
def test_a_network_learns_from_rows_takes_unknown_ones_and_is_saved_with_its_categories(
    params: Params, of_classes: bool, tmp_path: Path
) -> None:
    import keras

    keras.utils.set_random_seed(0)
    x, amount = rows(200)
    y = (amount > 45_000).astype(np.int64) if of_classes else amount
    data = Data(train=(x, y), validation=(x, y), class_names=("less", "more") if of_classes else ())
    model = table.build_model({**params, "learning_rate": 0.01}, data)
    losses = model.fit(x, y, epochs=20, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < min(0.5, losses[0]), "always telling the mean, or the share of each class, gives more"
    model.save(tmp_path / "model.keras")
    unknown = {
        "age": np.array([np.nan], np.float32),
        "monthly fee": np.array([np.nan], np.float32),
        "plan_kind": np.array(["another"], object),
    }
    found = model.predict(unknown, verbose=0)
    assert np.isfinite(found).all()
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    if not of_classes:
        assert abs(model.predict(x, verbose=0)[:, 0] - amount).mean() < amount.std() / 2
