"""What a surrogate is told of a study: which trials it hears of, and with which loss."""

from typing import NamedTuple

from job.core.known import Known
from job.core.trial import Status, Trial
from job.pruning.prospects import prospects

_LEAST_SCORES = 2  # with one, nothing is known of how scores differ


class Heard(NamedTuple):
    """What a surrogate hears of a trial that has not failed, or of a replicate."""

    trial: Trial
    loss: float
    deviation: float  # standard deviation of the loss, of one that is predicted; 0 of one that is known


def is_telling(study: Known) -> bool:
    """Tell whether there is anything to learn: two scores or more, in a space of more points than one."""
    return len(study.scored) >= _LEAST_SCORES and study.fingerprint.space.size != 1


def told(study: Known, *, with_lies: bool) -> tuple[list[int], list[float]]:
    """Return the numbers of the trials that the surrogate hears of, and the loss that it hears for each; then those of
    replicates, with theirs.

    Those that have stopped at a rung have the loss that they are thought to end with. Failed ones have the worst loss,
    and with lies those that still run the best; of lost ones it does not hear.
    """
    known, again = ({each.trial.number: each.loss for each in found} for found in (heard(study), repeats(study)))
    if not known:
        return [], []
    worst, best = max(known.values()), min(known.values())
    known |= {trial.number: worst for trial in failures(study)}
    if with_lies:
        known |= {trial.number: best for trial in study.with_status(Status.RUNNING)}
    numbers = [*sorted(known), *again]
    return numbers, [(known | again)[number] for number in numbers]


def heard(study: Known) -> tuple[Heard, ...]:
    """Return what is heard of the trials that have a score, and then of those that have stopped at a rung, both in the
    order of their numbers.

    Of one that has stopped nothing is heard as long as nothing is known of how trials end.
    """
    objective = study.fingerprint.objective
    scored = [Heard(trial, loss, 0.0) for trial in study.scored if (loss := trial.loss(objective)) is not None]
    found = prospects(study) if study.stopped else {}
    thought = [(trial, found[trial.number]) for trial in study.stopped if trial.number in found]
    return (*scored, *(Heard(trial, each.loss, each.deviation) for trial, each in thought))


def repeats(study: Known) -> tuple[Heard, ...]:
    """Return what is heard of replicates that have completed, in the order of their steps: each is one more score of
    the point of a trial that is heard of.

    Nothing is heard of one that has failed, since its point is known not to do so every time.
    """
    objective, scored = study.fingerprint.objective, {trial.number for trial in study.scored}
    found = ((each, each.loss(objective)) for each in study.replicates if each.of in scored)
    return tuple(Heard(each, loss, 0.0) for each, loss in found if loss is not None)


def failures(study: Known) -> tuple[Trial, ...]:
    """Return the trials that have failed by their points' fault, as far as is known, in the order of their numbers."""
    lost = {trial.number for trial in study.lost}
    return tuple(trial for trial in study.with_status(Status.FAILED) if trial.number not in lost)
