"""What a surrogate is told of a study: which trials it hears of, and with which loss."""

from job.core.known import Known
from job.core.trial import Status, Trial

_LEAST_SCORES = 2  # with one, nothing is known of how scores differ


def is_telling(study: Known) -> bool:
    """Tell whether there is anything to learn: two scores or more, in a space of more points than one."""
    return len(study.scored) >= _LEAST_SCORES and study.fingerprint.space.size != 1


def told(study: Known, *, with_lies: bool) -> tuple[list[int], list[float]]:
    """Return the numbers of the trials that the surrogate hears of, and the loss that it hears for each.

    Failed ones have the worst loss, and with lies those that still run the best; of lost ones it does not hear.
    """
    objective = study.fingerprint.objective
    known = {trial.number: loss for trial in study.scored if (loss := trial.loss(objective)) is not None}
    if not known:
        return [], []
    worst, best = max(known.values()), min(known.values())
    known |= {trial.number: worst for trial in failures(study)}
    if with_lies:
        known |= {trial.number: best for trial in study.with_status(Status.RUNNING)}
    numbers = sorted(known)
    return numbers, [known[number] for number in numbers]


def failures(study: Known) -> tuple[Trial, ...]:
    """Return the trials that have failed by their points' fault, as far as is known, in the order of their numbers."""
    lost = {trial.number for trial in study.lost}
    return tuple(trial for trial in study.with_status(Status.FAILED) if trial.number not in lost)
