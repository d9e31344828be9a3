"""Settings that are given in a call."""

from pathlib import Path

import numpy as np
import pytest

from job.core.trial import Keep
from job.errors import SettingsError
from job.settings import Settings
from job.settings.choices import Design, Surrogate
from job.settings.from_python import settings_from


def test_values_are_those_of_the_options_under_their_names() -> None:
    settings = settings_from(
        {
            "state": "here",
            "trials": np.int64(7),
            "max_hours": 2,
            "surrogate": "forest",
            "initial_points": 8,
            "design": "Sobol",
            "keep": Keep.BEST,
            "target": "99.2%",
            "run_for": "50m",
            "trial_timeout": 90,
            "bounds": ("learning_rate=1e-4:1e-2",),
            "tensorboard": False,
            "patience": None,
            "workers": "auto",
            "lookahead": 8,
            "gpu_memory": "8g",
            "rungs": "0.3,1",
        }
    )
    assert settings == Settings(
        state=Path("here"),
        trials=7,
        max_hours=2.0,
        surrogate=Surrogate.RANDOM_FOREST,
        initial_points=8,
        design=Design.SOBOL,
        keep=Keep.BEST,
        target=0.992,
        run_for=3000.0,
        trial_timeout=90.0,
        bounds=["learning_rate=1e-4:1e-2"],
        tensorboard=False,
        workers=None,
        lookahead=8,
        gpu_memory=8192,
        rungs="0.3,1",
    )
    assert type(settings.trials) is int and type(settings.max_hours) is float
    assert settings.is_given("trials") and not settings.is_given("patience") and not settings.is_given("seed")


def test_a_value_that_is_the_default_is_given_all_the_same() -> None:
    assert settings_from({"trials": Settings.trials}).is_given("trials")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"trials": "3"}, "trials: expected a whole number, found '3'"),
        ({"trials": 2.5}, "trials: expected a whole number, found 2.5"),
        ({"trials": True}, "trials: expected a whole number, found True"),
        ({"trials": 0}, "trials: expected 1 or more, found 0"),
        ({"threads": 5000}, "threads: expected 4096 or less, found 5000"),
        ({"max_hours": float("nan")}, "--max-hours: expected a finite number, found nan"),
        ({"deterministic": 1}, "deterministic: expected True or False, found 1"),
        ({"bounds": "learning_rate=1e-4:1e-2"}, "bounds: expected a list of texts, found 'learning_rate=1e-4:1e-2'"),
        ({"surrogate": "GPR"}, "surrogate: expected one of additive-gp, GP, RF, ET, none"),
        ({"run_for": -1}, "run_for: expected a duration such as 90, 50m or 1h30m, found '-1'"),
        ({"workers": 0}, "workers: expected a number from 1 to 512, or auto, found '0'"),
        ({"gpu_memory": 1.5e-3}, "gpu_memory: expected MiB or an amount such as 8g or 500m, found '0.0015'"),
        ({"rungs": "now and then"}, "--rungs: expected auto, none or numbers of epochs such as 0.3,1,3"),
        ({"trails": 3}, "expected the names of options of hpo-job search, found 'trails'"),
    ],
)
def test_what_an_option_does_not_take_is_refused_by_its_name(given: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from(given)
    assert str(caught.value).startswith(message)


def test_a_misspelt_name_is_told_which_is_close() -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from({"trails": 3})
    assert caught.value.hint == "did you mean 'trials'?"
