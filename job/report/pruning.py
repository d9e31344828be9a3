"""What stopping trials early at rungs has saved, and what it may have cost: summarized."""

import math
from statistics import fmean

from job.core.ending import EndKind
from job.core.study import Study
from job.core.trial import Status
from job.report.content import ProspectsSummary, PruningSummary, RungSummary

_TRIED = (Status.COMPLETED, Status.STOPPED, Status.FAILED)


def summarize_pruning(study: Study) -> PruningSummary | None:
    """Return what the rungs of a search have saved; None where it has none.

    A trial that has stopped would have taken as many epochs as those take on average that are trained to their end.
    """
    fingerprint = study.fingerprint
    if not fingerprint.rungs:
        return None
    full = fmean([trial.epochs for trial in study.completed] or [fingerprint.epochs])
    tried = study.with_status(*_TRIED)
    left = sum(max(full - trial.epochs_trained, 0.0) for trial in study.stopped)
    trained = math.fsum(trial.epochs_trained for trial in tried)
    return {
        "rungs": [_summarize_rung(study, rung) for rung in fingerprint.rungs],
        "epochs": trained,
        "epochs_without": trained + left,
    }


def summarize_prospects(study: Study) -> ProspectsSummary | None:
    """Return how likely it is that a stopped trial would have beaten the best; None where too little is known for that.

    The chances are taken to be independent, which makes it rather too large: forecasts err together. They are made for
    it.
    """
    if not study.stopped:
        return None
    # Here, so that who only reads the data loads neither NumPy nor SciPy.
    from job.pruning.prospects import prospects

    found = prospects(study)
    chances = {trial.number: found[trial.number].chance for trial in study.stopped if trial.number in found}
    if not chances:
        return None
    likeliest = max(chances, key=lambda number: chances[number])
    chance = 1 - math.prod(1 - each for each in chances.values())
    return {"chance": chance, "number": likeliest, "chance_of_trial": chances[likeliest]}


def _summarize_rung(study: Study, epochs: float) -> RungSummary:
    at_work = study.with_status(*_TRIED, Status.RUNNING)
    reached = {trial.number for trial in at_work if any(rung.epochs == epochs for rung in trial.rungs_behind)}
    stood = {step.trial for step in study.steps if step.stopped_at == epochs and step.ended is EndKind.PAUSED}
    stopped = {trial.number for trial in study.stopped if trial.rungs_behind[-1].epochs == epochs}
    return {
        "epochs": epochs,
        "reached": len(reached),
        "stopped": len(stopped),
        "gone_on": len(reached - stopped),
        "taken_up": len((reached & stood) - stopped),
    }
