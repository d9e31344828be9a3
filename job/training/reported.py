"""What a model will report after an epoch, told before the first one is trained."""

from collections.abc import Sequence

import keras

from job.errors import SettingsError

_VALIDATION = "val_"
# What some of Keras's callbacks add to the logs of an epoch.
_ADDED_BY_KERAS = ("learning_rate",)


def check_objective(metric: str, model: keras.Model, callbacks: Sequence[keras.callbacks.Callback]) -> None:
    """Raise SettingsError where it is certain by now that no epoch's logs will have `metric`.

    The metrics of `model` are built: it has been given a batch. What steps of its own or callbacks of other packages
    put into the logs shows only after an epoch, so with them nothing is certain.
    """
    if _has_own_steps(model) or not all(map(_is_of_keras, callbacks)):
        return
    own = list(model.get_metrics_result())
    reported = (*own, *(_VALIDATION + name for name in own))
    if metric not in (*reported, *(_ADDED_BY_KERAS if callbacks else ())):
        raise unknown_objective(metric, reported)


def unknown_objective(metric: str, reported: Sequence[str]) -> SettingsError:
    """Return what is to be said of an objective that is not among what a model reports."""
    return SettingsError(
        f"--objective: the model reports no {metric!r}", hint=f"it reports {', '.join(sorted(reported))}"
    )


def _has_own_steps(model: keras.Model) -> bool:
    names = ("train_step", "test_step", "compute_metrics", "get_metrics_result")
    return any(getattr(type(model), name) is not getattr(keras.Model, name) for name in names)


def _is_of_keras(callback: keras.callbacks.Callback) -> bool:
    """Tell a callback of Keras, but for those that run functions of others on the logs."""
    kind = type(callback)
    return kind.__module__.partition(".")[0] == "keras" and not isinstance(callback, keras.callbacks.LambdaCallback)
