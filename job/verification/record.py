"""What a study records of its steps, against what follows from its trials and its journal."""

from collections.abc import Collection, Iterator

from job.core.ending import EndKind
from job.core.journal import Dropped, Entry
from job.core.known import Known
from job.core.space import Value
from job.core.step import Step
from job.core.trial import Status, Trial
from job.verification.finding import Difference, Finding, Subject, differences, told
from job.words import count

_FAILURES = {
    *(EndKind.DIVERGED, EndKind.RAISED, EndKind.OUT_OF_MEMORY),
    *(EndKind.TIMED_OUT, EndKind.DIED, EndKind.LOST),
}


def check_numbers(search: Known) -> tuple[Difference, ...]:
    """Compare the numbers of steps and trials with their places; without these, nothing else can be asked."""
    return (
        *(
            each
            for place, step in enumerate(search.steps, start=1)
            for each in _numbered(f"step {place}", step.number, place)
        ),
        *(
            each
            for place, trial in enumerate(search.trials, start=1)
            for each in _numbered(f"trial {place}", trial.number, place)
        ),
        *(
            each
            for place, trial in enumerate(search.replicates, start=1)
            for each in _numbered(trial.title, trial.number, -place)
        ),
        *(
            Difference(place=f"step {step.number}", name="trial", recorded=step.trial, now=None)
            for step in search.steps
            if not (1 <= step.trial <= len(search.trials) or 1 <= -step.trial <= len(search.replicates))
        ),
    )


def check_steps(search: Known) -> Finding:
    """Compare the steps with their trials: how they ended, and when in virtual time."""
    steps = {step.trial: step for step in search.steps}  # the last one of each trial
    trials = (*search.trials, *search.replicates)
    found = tuple(each for trial in trials for each in _compare(search, trial, steps.get(trial.number)))
    overwritten = [step.number for step in search.steps if step is not steps[step.trial]]
    return Finding(
        subject=Subject.STEPS,
        told=told(found, f"{_counted(steps)} stand where their steps say, in virtual time too"),
        differences=found,
        not_compared=tuple(
            f"step {number}, of a trial that was begun again or gone on with since" for number in overwritten
        ),
    )


def _counted(trials: Collection[int]) -> str:
    """Return how many of these numbers are of trials, and how many of replicates, in words."""
    again = sum(number < 0 for number in trials)
    told = count(len(trials) - again, "trial")
    return f"{told} and {count(again, 'training')} to confirm" if again else told


def _numbered(what: str, number: int, expected: int) -> tuple[Difference, ...]:
    return differences(what, {"number": number}, {"number": expected})


def _compare(search: Known, trial: Trial, step: Step | None) -> Iterator[Difference]:
    """Compare a trial with its last step; one that was scored elsewhere has none."""
    entry = _dropped_by(search, trial)
    status = _status(step, is_dropped=entry is not None)
    yield from differences(trial.title, {"status": trial.status.value}, {"status": status.value})
    if step is None:
        return
    recorded: dict[str, Value | None] = {"to epoch": step.to_epoch}
    now: dict[str, Value | None] = {"to epoch": search.fingerprint.epochs}
    if step.ended is not None:
        recorded |= {"virtual end": step.ends, "seconds": step.seconds}
        seconds = trial.seconds - search.seconds_before(step)
        now |= {"virtual end": _virtual_end(search, step, trial, entry), "seconds": seconds}
    yield from differences(f"step {step.number}", recorded, now)


def _dropped_by(search: Known, trial: Trial) -> Entry | None:
    of_trial = (entry for entry in search.journal if isinstance(entry.input, Dropped))
    return next((entry for entry in of_trial if entry.input == Dropped(trial.number)), None)


def _status(step: Step | None, *, is_dropped: bool) -> Status:
    """Return what a trial is by its last step."""
    if is_dropped:
        return Status.DROPPED
    if step is None:
        return Status.IMPORTED
    if step.ended is EndKind.COMPLETED:
        return Status.COMPLETED
    if step.ended is EndKind.PAUSED:
        return Status.STOPPED
    return Status.FAILED if step.ended in _FAILURES else Status.RUNNING


def _virtual_end(search: Known, step: Step, trial: Trial, dropped_by: Entry | None) -> float:
    """Return when a trial's last step, which has ended, did so in virtual time, by the rules of `Study`."""
    batches = trial.batches or 0
    trained = (trial.epochs + (step.ended in _FAILURES) - step.from_epoch) * batches + trial.batch - step.from_batch
    ends = step.begins + search.fingerprint.virtual_time(max(trained, 0), trial)
    if dropped_by is None:
        return ends
    planned = search.steps[: dropped_by.step - 1]
    until = planned[-1].begins if planned else 0.0
    return until + trial.cost if step.ended is EndKind.DROPPED or ends > until else ends
