"""What scikit-optimize keeps of a search, `result.joblib`: written for `skopt.load`, and read as evidence."""

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import joblib

from job.core.evidence import OtherSearch, OtherTrial
from job.core.fingerprint import Fingerprint
from job.core.known import Known
from job.core.objective import parse_objective
from job.core.space import Ordinal, Params, Space, Value
from job.core.trial import Status
from job.errors import SettingsError
from job.proposals.scikit_optimize.flat import flattened, is_told_by_place, plain
from job.proposals.scikit_optimize.optimizer import fitted, quietly, unfitted
from job.proposals.told import told
from job.state.result_stamp import stamped

# Under this name a result says what its losses are of, which of its points, counted from 0, have failed or stopped
# early, and of which dimensions it has the places of these categories; other programs pass it over.
_OURS = "hpo_job"
_FAILED, _STOPPED, _PLACES, _OBJECTIVE = "failed", "stopped", "places", "objective"


def dump_result(study: Known, *, with_model: bool) -> bytes:
    """Return what `skopt.load` reads: an OptimizeResult of the trials that have ended or stopped at a rung.

    Each trial is there once, and no replicate: who reads a result takes its places for trials, and its least loss for
    what the best of them has scored.

    Values are losses: the negated objective where more of it is better. A failed trial has the worst one, and one that
    has stopped the one that it is thought to end with, which is never the result's best; both are named.

    Empty when no trial has a score. The model is the last fitted one, which may take seconds to fit; without it the
    result takes hundredths of a second, and all else in it is the same. With it, it bears the stamp of the study. Where
    the surrogate is not one of scikit-optimize's, it is its Gaussian process, fitted to the trials alone.

    Its space has the integers from 0 on, for their places, in place of ordered categories, and none of the steps and
    the conditions: in place of an inactive value stands that in the middle of its dimension, as in `Space.values`.
    """
    if not study.scored:
        return b""
    trials = replace(study, replicates=())
    with quietly():
        result = unfitted(trials).get_result()
        if with_model:
            result.models = fitted(trials, with_lies=False).models
    if not study.fingerprint.has_surrogate:
        result.specs["args"]["base_estimator"] = "dummy"  # as skopt.dummy_minimize leaves it
    if study.stopped:
        best = study.best_scored
        result.x, result.fun = flattened(study.fingerprint.space, best.params), best.loss(study.fingerprint.objective)
    result[_OURS] = _described(trials)
    buffer = io.BytesIO()
    joblib.dump(result, buffer, compress=("gzip", 3))
    return stamped(buffer.getvalue(), study) if with_model else buffer.getvalue()


def _described(study: Known) -> dict[str, Any]:
    """Return what a result says of itself under our name."""
    numbers, _ = told(study, with_lies=False)
    failed, stopped = (
        [index for index, number in enumerate(numbers) if study.trial(number).status is status]
        for status in (Status.FAILED, Status.STOPPED)
    )
    places = {each.name: list(each.categories) for each in study.fingerprint.space.dimensions if is_told_by_place(each)}
    described = {_OBJECTIVE: str(study.fingerprint.objective), _FAILED: failed, _STOPPED: stopped, _PLACES: places}
    return {name: known for name, known in described.items() if known or name not in (_STOPPED, _PLACES)}


def load_result(data: bytes, fingerprint: Fingerprint, *, source: str) -> OtherSearch:
    """Return the search that a dumped result is of; raise SettingsError for one that is none, or whose losses are of
    another metric than the objective here.

    One of a script that names no dimensions has them in the order of the space here, and losses of the objective here
    are assumed where it does not say of what they are. `source` is where it comes from.

    Unpickling runs whatever code the file's author put there: only for files of trusted authors.
    """
    import skopt

    try:
        result = skopt.load(io.BytesIO(data))
        dimensions = list(result.space.dimensions)
        points = [[plain(value) for value in point] for point in result.x_iters]
        losses = [float(loss) for loss in result.func_vals]
        ours = getattr(result, _OURS, {})
        without = {index: str(Status.STOPPED) for index in ours.get(_STOPPED, ())}
        without |= {index: str(Status.FAILED) for index in ours.get(_FAILED, ())}
        places = ours.get(_PLACES, ())
        objective = parse_objective(ours.get(_OBJECTIVE, str(fingerprint.objective)))
    except Exception as error:  # a damaged pickle raises whatever it likes
        raise SettingsError(
            f"{source} is not a result of scikit-optimize: {type(error).__name__}: {error}",
            hint="restore it from a backup, or begin without it",
        ) from error
    names = _names(dimensions, fingerprint.space, source)
    metric = fingerprint.objective.metric
    trials = []
    for index, (point, loss) in enumerate(zip(points, losses, strict=True)):
        params = _named(dict(zip(names, point, strict=True)), places, fingerprint.space)
        known = objective.metric == metric and index not in without
        reason = without.get(index, f"without {metric}")
        value = objective.value(loss) if known else None
        trials.append(OtherTrial(number=index + 1, params=params, value=value, reason="" if known else reason))
    fixed = (name for name, each in zip(names, dimensions, strict=True) if len(getattr(each, "categories", ())) == 1)
    return OtherSearch(source=source, sha256=sha256(data).hexdigest(), trials=tuple(trials), fixed=frozenset(fixed))


def _names(dimensions: Sequence[Any], space: Space, source: str) -> list[str]:
    """Return the names of the dimensions of a result; of those that have none, of the space here."""
    named = [each.name for each in dimensions]
    if set(named) != {None}:
        return named
    if len(named) != len(space.names):
        raise SettingsError(
            f"{source} is of another space: expected {len(space.names)} dimensions, found {len(named)} without names",
            hint=f"the space here is, in this order, {', '.join(space.names)}",
        )
    return list(space.names)


def _named(params: Params, places: Mapping[str, Sequence[Value]] | Collection[str], space: Space) -> dict[str, Value]:
    """Return a point with categories where a result has their places."""
    found = dict(params)
    for name in places:
        known = places[name] if isinstance(places, Mapping) else _categories(space, name)
        place = found[name]
        if isinstance(place, int) and place < len(known):
            found[name] = known[place]
    return found


def _categories(space: Space, name: str) -> Sequence[Value]:
    """Return the ordered categories of a dimension here: a result of an earlier release does not tell its own."""
    return next((each.categories for each in space.dimensions if each.name == name and isinstance(each, Ordinal)), ())
