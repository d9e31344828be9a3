"""Searches whose trials have made-up curves, as the pruner sees them."""

from collections.abc import Sequence
from dataclasses import replace

from job.core.known import Known
from job.core.objective import parse_objective
from job.core.rungs import batches_at, default_rungs
from job.core.trial import RungScore, Status, Trial
from job.pruning.prune import PRUNING
from tests.fakes import study_of

EPOCHS = 9
RUNGS = default_rungs(EPOCHS)
BATCHES = 100  # of an epoch
_METRIC = "val_accuracy"

Curve = Sequence[float]  # the score at each rung, and at the end


def search_of(*curves: Curve, objective: str = f"{_METRIC}:max") -> Known:
    """Return a search whose trials have had these scores: at the first rungs, of one that has stopped, or at all."""
    known: Known = study_of()
    fingerprint = replace(known.fingerprint, epochs=EPOCHS, rungs=RUNGS, objective=parse_objective(objective))
    trials = tuple(_trial(number, curve, known) for number, curve in enumerate(curves, 1))
    return replace(known, fingerprint=fingerprint, trials=trials)


def reached(curve: Curve) -> tuple[RungScore, ...]:
    """Return the rungs that have been reached of a curve, as far as it goes."""
    return tuple(
        RungScore(epochs=rung, batches=batches_at(rung, BATCHES), score=score)
        for rung, score in zip(RUNGS, curve, strict=False)
    )


def _trial(number: int, curve: Curve, known: Known) -> Trial:
    has_ended = len(curve) > len(RUNGS)
    return Trial(
        number=number,
        params=known.fingerprint.default,
        status=Status.COMPLETED if has_ended else Status.STOPPED,
        rungs=reached(curve),
        history=({_METRIC: curve[-1]},) * EPOCHS if has_ended else (),
    )


def pruned(*curves: Curve, objective: str = f"{_METRIC}:max", never: int = 0) -> list[int]:
    """Return how many scores of each curve are seen where trials are trained one after another.

    The first `never` ones do not stop.
    """
    seen: list[int] = [len(curve) for curve in curves[:never]]
    for curve in (*curves[never:], None):
        known = search_of(*_cut(curves, seen), objective=objective)
        while (number := PRUNING.take_up(known)) is not None:
            seen[number - 1] = _seen(known, curves[number - 1], number)
            known = search_of(*_cut(curves, seen), objective=objective)
        if curve is not None:
            seen.append(_seen(known, curve, None))
    return seen


def _cut(curves: Sequence[Curve], seen: Sequence[int]) -> list[Curve]:
    return [curve[:count] for curve, count in zip(curves, seen, strict=False)]


def _seen(known: Known, curve: Curve, trial: int | None) -> int:
    objective, rungs = known.fingerprint.objective, known.fingerprint.rungs
    for each in PRUNING.thresholds(known, trial):
        at = rungs.index(each.epochs)
        if each.score is not None and objective.loss(curve[at]) > objective.loss(each.score):
            return at + 1
    return len(curve)
