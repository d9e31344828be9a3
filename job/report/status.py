"""Where a search stands at this moment, for `hpo-job status`: it is read without a lock, and quickly."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypedDict

from job.core.requests import describe_open_requests
from job.core.run import RunEnd
from job.core.space import DimensionSummary, Value, summarize_space
from job.core.study import Study
from job.core.trial import Trial
from job.report.confirming import ConfirmingSummary, describe_confirmed, name_trials, summarize_confirming
from job.report.content import BestSummary, ExpectationSummary, ObjectiveSummary, RungScoreSummary, TotalsSummary
from job.report.expectations import describe_expectation
from job.report.json_values import finite, iso_time
from job.report.made_for import made_for, summarize_expectation
from job.report.progress import describe_place, estimate_seconds_left, trials_budget, trials_done
from job.report.summary import summarize_best, summarize_objective, summarize_totals
from job.state.owner import Holder
from job.words import count, format_duration, format_epochs, format_params, format_score


class State(StrEnum):
    """What a search is at."""

    RUNNING = "running"
    HELD = "held"  # by a run that has given no sign of life for a while, and may have been killed
    INTERRUPTED = "interrupted"
    FINISHED = "finished"
    FAILED = "failed"
    NOT_RUNNING = "not running"  # though it should, since nothing says how the last run ended


_MEANINGS: Mapping[State, str] = {
    State.RUNNING: "",
    State.HELD: "run the same command to go on",
    State.INTERRUPTED: "all is saved; run the same command to go on",
    State.FINISHED: "",
    State.FAILED: "the last run ended in an error, which it printed",
    State.NOT_RUNNING: (
        "no run holds the state, and the last one has not said how it ended; run the same command to go on"
    ),
}

_ASKED_SHOWN = 3  # requests in one line


class RunningTrial(TypedDict):
    """A trial in hand; `epoch` is the last one that was saved, of `epochs`, and `reason` why its last attempt died.

    `batch` of the `batches` of the next epoch are saved too; None where it is not known how many there are. `goes_on`
    says where the next attempt goes on, in words; empty where it starts. `at_work` tells whether it is in training, as
    far as its run has told, and `machine` where its last attempt was, empty for the machine of the run. `rung` is the
    last one that it has reached, None before the first. A replicate has a `number` below 0, and trains the point of
    trial `replicate_of` again, on a `seed` from 1. `title` is what it is called in sentences.
    """

    number: int
    title: str
    replicate_of: int | None
    seed: int | None
    params: dict[str, Value]
    epoch: int
    epochs: int
    batch: int
    batches: int | None
    goes_on: str
    at_work: bool
    machine: str
    rung: RungScoreSummary | None
    attempts: int
    seconds: float
    reason: str
    made_for: str
    expected: ExpectationSummary | None


class StatusSummary(TypedDict):
    """Where a search stands; `done` counts the trials that the budget counts: those completed here, or stopped early.

    `silent_seconds` is how long ago the run that holds the state gave its last sign of life, where another one may take
    the state over for that; None where none holds it, or it lives as far as is known.
    `confirmation` tells how far that has come, None before it has begun, and `seconds_left` counts it.
    `at_work` counts the trials that are in training, and `planned` those that wait for a worker, which are not among
    the `running`. `waiting` counts what users have asked for and no run has taken in yet, and `asked_for` tells what
    has been taken in and not begun.
    """

    state: State
    holder: str | None
    silent_seconds: float | None
    problem: str
    metric: str
    objective: ObjectiveSummary
    done: int
    budget: int | None
    at_work: int
    planned: int
    totals: TotalsSummary
    best: BestSummary | None
    confirmation: ConfirmingSummary | None
    running: list[RunningTrial]
    last_saved: str | None
    saved_seconds_ago: float | None
    seconds_left: float | None
    interruptions: int
    waiting: int
    asked_for: list[str]
    space: list[DimensionSummary]


def describe_status(study: Study, *, holder: Holder | None, now: float, waiting: int = 0) -> StatusSummary:
    """Return where `study` stands at `now`, a Unix time; `holder` is the run that holds the state, if one does.

    `waiting` requests are in the inbox.
    """
    state, silent_since = _state(study, holder), holder.silent_since if holder else None
    last_saved_at = study.runs[-1].last_saved_at if study.runs else None
    return {
        "state": state,
        "holder": holder.name if holder else None,
        "silent_seconds": None if silent_since is None else max(now - silent_since, 0.0),
        "problem": study.fingerprint.problem,
        "metric": study.fingerprint.objective.metric,
        "objective": summarize_objective(study),
        "done": trials_done(study),
        "budget": trials_budget(study),
        "at_work": len(study.at_work) if state is State.RUNNING else 0,
        "planned": len(study.planned) - len(study.begun),
        "totals": summarize_totals(study),
        "best": summarize_best(study),
        "confirmation": summarize_confirming(study),
        "running": [describe_trial(study, trial) for trial in study.begun],
        "last_saved": iso_time(last_saved_at),
        # The clocks of two machines may differ: a save in the future is one of this moment.
        "saved_seconds_ago": None if last_saved_at is None else max(now - last_saved_at, 0.0),
        "seconds_left": None if state is State.FINISHED else estimate_seconds_left(study),
        "interruptions": study.interruptions,
        "waiting": waiting,
        "asked_for": describe_open_requests(study),
        "space": summarize_space(study.fingerprint.space),
    }


def render_status(status: StatusSummary) -> str:
    """Return `status` as lines for a person, without a newline at the end."""
    rows = [("state", _state_line(status)), ("problem", status["problem"]), ("trials", _trials_line(status))]
    rows.append(("best", _best_line(status)))
    if status["confirmation"]:
        rows.append(_confirmation_row(status, status["confirmation"]))
    if status["at_work"] > 1:
        rows.append(("at work", f"{count(status['at_work'], 'trial')}{_machines_clause(status)}"))
    for trial in status["running"]:
        rows.append(("in hand", _trial_line(status, trial)))
        if trial["expected"]:
            what = describe_expectation(trial["expected"], status["objective"])
            rows.append(("made for", f"{trial['made_for']}: {what}"))
    if status["planned"]:
        rows.append(("planned", f"{count(status['planned'], 'trial')}, for the next worker that is idle"))
    if status["asked_for"]:
        rows.append(("asked for", _asked_line(status["asked_for"])))
    if status["waiting"]:
        rows.append(("waiting", _waiting_line(status)))
    if status["saved_seconds_ago"] is not None:
        rows.append(("last saved", f"{format_duration(status['saved_seconds_ago'])} ago, at {status['last_saved']}"))
    if status["seconds_left"] is not None:
        rows.append(("time left", f"about {format_duration(status['seconds_left'])} of training"))
    rows.append(("trained", _trained_line(status)))
    return "\n".join(f"{label:<11} {text}" for label, text in rows)


def describe_trial(study: Study, trial: Trial) -> RunningTrial:
    """Return how far a trial in hand has come, and what it was proposed for."""
    return {
        "number": trial.number,
        "title": trial.title,
        "replicate_of": trial.of,
        "seed": None if trial.of is None else trial.replicate,
        "params": dict(trial.params),
        "epoch": trial.epochs,
        "epochs": study.fingerprint.epochs,
        "batch": trial.batch,
        "batches": trial.batches,
        "goes_on": describe_place(trial, epochs=study.fingerprint.epochs),
        "at_work": trial in study.at_work,
        "machine": study.machine_of(trial.number),
        "rung": _rung(trial),
        "attempts": trial.attempts,
        "seconds": trial.seconds,
        "reason": trial.reason,
        "made_for": str(made_for(study, trial)),
        "expected": summarize_expectation(trial.expected),
    }


def _rung(trial: Trial) -> RungScoreSummary | None:
    last = trial.rungs_behind[-1] if trial.rungs_behind else None
    return None if last is None else {"epochs": last.epochs, "score": finite(last.score)}


def _state(study: Study, holder: Holder | None) -> State:
    if holder is not None:
        return State.RUNNING if holder.silent_since is None else State.HELD
    match study.runs[-1].ended if study.runs else RunEnd.UNKNOWN:
        case RunEnd.FINISHED if not study.planned:
            return State.FINISHED
        case RunEnd.FINISHED | RunEnd.INTERRUPTED:
            return State.INTERRUPTED
        case RunEnd.FAILED:
            return State.FAILED
        case RunEnd.UNKNOWN:
            return State.NOT_RUNNING


def _state_line(status: StatusSummary) -> str:
    silent, meaning = status["silent_seconds"], _MEANINGS[status["state"]] or status["holder"]
    if silent is not None:
        ago = f"its last sign of life was {format_duration(silent)} ago"
        return f"held by {status['holder']}, which may have been killed: {ago}; {meaning}"
    return f"{status['state']}: {meaning}" if meaning else status["state"]


def _trials_line(status: StatusSummary) -> str:
    totals = status["totals"]
    of_budget = "" if status["budget"] is None else f" of {status['budget']}"
    stopped = f", {totals['stopped']} of them stopped early" if totals["stopped"] else ""
    others = [f"{totals['failed']} failed"] if totals["failed"] else []
    others += [f"{totals['dropped']} dropped"] if totals["dropped"] else []
    others += [f"{totals['imported']} of evidence"] if totals["imported"] else []
    besides = f"; {' and '.join(others)} besides" if others else ""
    return f"{status['done']}{of_budget} done{stopped}{besides}"


def _best_line(status: StatusSummary) -> str:
    best = status["best"]
    if best is None:
        return "none yet: no trial has completed"
    score = format_score(status["metric"], best["score"])
    return f"{status['metric']} {score}, trial {best['number']}: {format_params(best['params'], status['space'])}"


def _confirmation_row(status: StatusSummary, found: ConfirmingSummary) -> tuple[str, str]:
    """Return what a confirmation has found, or what it is at: how far it is, and who is left."""
    if found["is_over"]:
        return "confirmed", describe_confirmed(found, status["metric"])
    done = f"{found['done']} of {count(found['trainings'], 'training')}"
    if status["state"] is State.FINISHED:
        return "unconfirmed", f"{done} were through when the hours of training were spent"
    if found["winner"] is not None:
        return "confirming", f"{done}; trial {found['winner']} has won, and is measured"
    if len(found["left"]) < len(found["candidates"]):
        are = "is" if len(found["left"]) == 1 else "are"
        return "confirming", f"{done}; {name_trials(found['left'])} {are} left to choose from"
    return "confirming", f"{done}; the candidates are all on their first seeds"


def _trial_line(status: StatusSummary, trial: RunningTrial) -> str:
    attempt = f", attempt {trial['attempts']}" if trial["attempts"] > 1 else ""
    died = f" (the attempt before: {trial['reason']})" if trial["reason"] else ""
    point = format_params(trial["params"], status["space"])
    at_work = (status["state"] is State.RUNNING and trial["at_work"]) or not trial["goes_on"]
    clause = f", {_saved_clause(trial)}" if at_work else f" goes on {trial['goes_on']}"
    if status["state"] is State.RUNNING and trial["at_work"] and trial["machine"]:
        clause = f" on {trial['machine']}{clause}"
    return f"{trial['title']}{clause}{_rung_clause(status, trial)}{attempt}: {point}{died}"


def _machines_clause(status: StatusSummary) -> str:
    machines = {trial["machine"] for trial in status["running"] if trial["at_work"]} - {""}
    return f" on {count(len(machines), 'machine')}" if machines else ""


def _rung_clause(status: StatusSummary, trial: RunningTrial) -> str:
    """Return what a trial had at its last rung, unless an epoch has ended since."""
    rung, metric = trial["rung"], status["metric"]
    if rung is None or rung["epochs"] < trial["epoch"]:
        return ""
    return f", with {format_score(metric, rung['score'])} at {format_epochs(rung['epochs'])}"


def _asked_line(asked_for: Sequence[str]) -> str:
    more = f"; and {len(asked_for) - _ASKED_SHOWN} more" if len(asked_for) > _ASKED_SHOWN else ""
    return "; ".join(asked_for[:_ASKED_SHOWN]) + more


def _waiting_line(status: StatusSummary) -> str:
    who = "the run at work" if status["state"] is State.RUNNING else "the next hpo-job search"
    return f"{count(status['waiting'], 'request')} in the inbox, for {who} to take in"


def _saved_clause(trial: RunningTrial) -> str:
    of_batches = "" if trial["batches"] is None else f" of {trial['batches']}"
    batches = f" and batch {trial['batch']}{of_batches} of the next" if trial["batch"] else ""
    return f"{trial['epoch']} of {count(trial['epochs'], 'epoch')}{batches} saved"


def _trained_line(status: StatusSummary) -> str:
    totals, interruptions = status["totals"], status["interruptions"]
    survived = f", {count(interruptions, 'interruption')} survived" if interruptions else ""
    return f"{count(totals['epochs'], 'epoch')} in {format_duration(totals['training_seconds'])}{survived}"
