"""What scikit-optimize keeps of a search, `result.joblib`: written for `skopt.load`, and read for a warm start."""

import io
from collections.abc import Collection
from dataclasses import dataclass

import joblib
import numpy as np

from job.core.fingerprint import Fingerprint
from job.core.known import Known
from job.core.space import Ordinal, Params, Space, Value, describe
from job.core.trial import Status
from job.errors import SettingsError
from job.proposals.flat import is_told_by_place, plain
from job.proposals.optimizer import fitted, quietly, told, unfitted
from job.state.result_stamp import stamped

# Under this name a result says which of its points, counted from 0, have failed, and of which dimensions it has the
# places of the categories; other programs pass it over.
_OURS = "hpo_job"
_FAILED, _PLACES = "failed", "places"


@dataclass(frozen=True)
class LoadedResult:
    """The parameters and losses of a result, in its order; `left_out` are its points without a loss of their own."""

    scored: tuple[tuple[dict[str, Value], float], ...]
    left_out: int


def dump_result(study: Known, *, with_model: bool) -> bytes:
    """Return what `skopt.load` reads: an OptimizeResult of the trials that have ended.

    Values are losses: the negated objective where more of it is better. A failed trial has the worst one, and is named.
    Empty when no trial has a score. The model is the last fitted one, which may take seconds to fit; without it the
    result takes hundredths of a second, and all else in it is the same. With it, it bears the stamp of the study.

    Its space has the integers from 0 on, for their places, in place of ordered categories, and none of the steps and
    the conditions: in place of an inactive value stands that in the middle of its dimension, as in `Space.values`.
    """
    if not study.scored:
        return b""
    with quietly():
        result = unfitted(study).get_result()
        if with_model:
            result.models = fitted(study, with_lies=False).models
    if not study.fingerprint.has_surrogate:
        result.specs["args"]["base_estimator"] = "dummy"  # as skopt.dummy_minimize leaves it
    numbers, _ = told(study, with_lies=False)
    failed = [index for index, number in enumerate(numbers) if study.trial(number).status is Status.FAILED]
    places = [each.name for each in study.fingerprint.space.dimensions if is_told_by_place(each)]
    result[_OURS] = {_FAILED: failed} | ({_PLACES: places} if places else {})
    buffer = io.BytesIO()
    joblib.dump(result, buffer, compress=("gzip", 3))
    return stamped(buffer.getvalue(), study) if with_model else buffer.getvalue()


def load_result(data: bytes, fingerprint: Fingerprint, *, name: str) -> LoadedResult:
    """Return the parameters and losses of a dumped result; raise SettingsError when they are not of this space.

    Points that have failed are left out, as their losses say nothing. `name` is what errors call the result.

    Unpickling runs whatever code the file's author put there: only for files of trusted authors.
    """
    import skopt

    try:
        result = skopt.load(io.BytesIO(data))
        names = [dimension.name for dimension in result.space.dimensions]
        points = [[plain(value) for value in point] for point in result.x_iters]
        losses = [float(loss) for loss in result.func_vals]
        ours = getattr(result, _OURS, {})
        failed, places = set(ours.get(_FAILED, ())), set(ours.get(_PLACES, ()))
    except Exception as error:  # a damaged pickle raises whatever it likes
        raise SettingsError(
            f"{name} is not a result of scikit-optimize: {type(error).__name__}: {error}",
            hint="move it away to start afresh, or restore it from a backup",
        ) from error
    space = fingerprint.space
    try:
        # A script that names no dimensions has them in the order of the space.
        given = space.names if set(names) == {None} else names
        named = [_point(space, dict(zip(given, point, strict=True)), places) for point in points]
        for params in named:
            space.check(params)
    except (SettingsError, ValueError) as error:
        raise SettingsError(
            f"{name} is of another space: {error}",
            hint=f"the space here is, in this order, {', '.join(space.names)}",
        ) from error
    every = enumerate(zip(named, losses, strict=True))
    scored = tuple((params, loss) for index, (params, loss) in every if np.isfinite(loss) and index not in failed)
    return LoadedResult(scored, left_out=len(losses) - len(scored))


def _point(space: Space, given: Params, places: Collection[str]) -> dict[str, Value]:
    """Return the point of a flat one, with categories where that has their places.

    Raise SettingsError where there is no such place, or another dimension.
    """
    if set(given) != set(space.names):
        space.check(given)
    found = dict(given)
    for each in space.dimensions:
        if each.name in places:
            place = given[each.name]
            if not isinstance(each, Ordinal) or place not in range(each.size):
                raise SettingsError(f"{each.name}: there is no place {place!r} in {describe(each)}")
            found[each.name] = each.at(int(place))
    return space.completed(found)
