"""A study as the content of its report."""

import math
import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate

from job.core.confirmation import best_trial, test_of_model
from job.core.fingerprint import ADDITIVE_GP, ArrayDescription
from job.core.run import Run
from job.core.space import summarize_space
from job.core.step import Attempt
from job.core.study import Study
from job.core.trial import Status, Trial, trial_log
from job.report.cautions import find_cautions
from job.report.confirmation import summarize_confirmation
from job.report.content import (
    ArraySummary,
    AttemptSummary,
    BestSummary,
    BudgetsSummary,
    ContenderSummary,
    DataSummary,
    EnvironmentSummary,
    EvidenceSummary,
    ImportanceSummary,
    ObjectiveSummary,
    OutlookSummary,
    ProspectsSummary,
    RungScoreSummary,
    RunSummary,
    SelectionSummary,
    SettingsSummary,
    Summary,
    TimeSummary,
    TotalsSummary,
    TrialSummary,
)
from job.report.evaluation import counts_examples, share_interval
from job.report.json_values import finite, iso_time
from job.report.made_for import made_for, summarize_expectation, summarize_expectations
from job.report.pruning import summarize_pruning
from job.report.tested import TestedSummary, summarize_tested
from job.words import is_share


def summarize(
    study: Study,
    *,
    importance: ImportanceSummary | None = None,
    contender: ContenderSummary | None = None,
    outlook: OutlookSummary | None = None,
    selection: SelectionSummary | None = None,
    prospects: ProspectsSummary | None = None,
) -> Summary:
    """Return the report of `study`: trials the best first, scores in natural units and at full precision.

    `importance` is what matters, `contender` the trial that the surrogate trusts most, `outlook` what more trials may
    gain, `selection` how the best one stands among the others, and `prospects` those of stopped trials: these take too
    long to find out for every use of a summary.
    """
    fingerprint = study.fingerprint
    return {
        "problem": fingerprint.problem,
        "objective": summarize_objective(study),
        "best": summarize_best(study),
        "confirmation": summarize_confirmation(study),
        "cautions": find_cautions(study),
        "test": _summarize_test(study),
        "trials": _summarize_trials(study),
        "expectations": summarize_expectations(study),
        "evidence": _summarize_evidence(study),
        "space": summarize_space(fingerprint.space),
        "settings": _summarize_settings(study),
        "budgets": _summarize_budgets(study),
        "totals": summarize_totals(study),
        "pruning": summarize_pruning(study),
        "interruptions": study.interruptions,
        "runs": [_summarize_run(run) for run in study.runs],
        "data": _summarize_data(study),
        "selection": selection,
        "time": _summarize_time(study),
        "environment": _summarize_environment(study),
        "command": _command(study),
        "importance": importance,
        "contender": contender,
        "outlook": outlook,
        "prospects": prospects,
    }


def summarize_objective(study: Study) -> ObjectiveSummary:
    """Return what is optimized, with what its values so far show it to be."""
    objective = study.fingerprint.objective
    seen = [logs[objective.metric] for trial in study.trials for logs in trial.history if objective.metric in logs]
    seen += [each.score for trial in study.trials for each in trial.rungs]
    seen += [trial.imported_value for trial in study.trials if trial.imported_value is not None]
    share = is_share(objective.metric, filter(math.isfinite, seen))
    return {"metric": objective.metric, "direction": objective.direction, "is_share": share}


def summarize_best(study: Study) -> BestSummary | None:
    """Return the trial that is confirmed, or else has the best score; None before the first has completed."""
    best = best_trial(study)
    if best is None:
        return None
    score = finite(best.score(study.fingerprint.objective))
    sure = share_interval(score, _counted_examples(study, best))
    params = dict(best.params)
    return {"number": best.number, "params": params, "score": score, "interval": sure, "weights": best.n_weights}


def _summarize_budgets(study: Study) -> BudgetsSummary:
    limits = study.limits
    return {
        "trials": limits.trials,
        "max_hours": finite(limits.max_hours),
        "patience": limits.patience,
        "target": finite(limits.target),
    }


def _summarize_test(study: Study) -> TestedSummary | None:
    test = test_of_model(study)
    if test is None:
        return None
    data = study.data
    return summarize_tested(test, examples=data.test if data else 0, class_names=data.class_names if data else ())


def _summarize_data(study: Study) -> DataSummary | None:
    data = study.data
    if data is None:
        return None
    return {
        "train": data.train,
        "validation": data.validation,
        "test": data.test,
        "image_shape": list(data.image_shape),
        "class_names": list(data.class_names),
        "inputs": list(map(_summarize_array, data.inputs)),
        "targets": list(map(_summarize_array, data.targets)),
        "repeats": data.repeats,
    }


def _summarize_array(array: ArrayDescription) -> ArraySummary:
    return {"name": array.name, "shape": list(array.shape), "dtype": array.dtype}


def _counted_examples(study: Study, best: Trial) -> int:
    """Return of how many validation examples the best score is the share that is recognized; 0 where it is none."""
    if best.hits is not None:
        return best.hits.examples
    is_share = study.fingerprint.objective.metric == "val_accuracy" and counts_examples(study.test, study.data)
    return study.data.validation if study.data is not None and is_share else 0


def _summarize_time(study: Study) -> TimeSummary:
    spent: dict[str, float] = {}
    for run in study.runs:
        for part, taken in run.seconds.items():
            spent[part] = spent.get(part, 0.0) + taken
    # What the trials took, but for the training itself: processes, data, models, checkpoints.
    around = max(spent.pop("trials", 0.0) - study.training_seconds, 0.0)
    trained = sum(run.epochs for run in study.runs)
    kept = sum(trial.epochs for trial in (*study.trials, *study.replicates))
    seconds = {"training": study.training_seconds, "around training": around, **spent}
    again = max(trained - kept, 0)
    return {"seconds": seconds, "epochs": max(trained, kept), "epochs_again": again}


def _summarize_environment(study: Study) -> EnvironmentSummary:
    devices = dict.fromkeys(run.device for run in study.runs if run.device)
    return {
        "versions": _all_values([run.versions for run in study.runs]),
        "arithmetic": _all_values([run.arithmetic for run in study.runs]),
        "devices": list(devices),
    }


def _all_values(mappings: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the values of each name in all mappings, in the order of their first appearance."""
    names = dict.fromkeys(name for each in mappings for name in each)
    return {name: ", ".join(dict.fromkeys(each[name] for each in mappings if name in each)) for name in names}


def _command(study: Study) -> str:
    """Return the command that begins the search anew.

    Runs of earlier releases, in which another surrogate was the default, do not name that one.
    """
    options, surrogate = study.runs[-1].options if study.runs else (), study.fingerprint.surrogate
    if surrogate != ADDITIVE_GP and "--surrogate" not in options:
        options = (*options, "--surrogate", surrogate)
    return shlex.join(("hpo-job", "search", *options))


def _summarize_trials(study: Study) -> list[TrialSummary]:
    starts = defaultdict[int, list[AttemptSummary]](list)
    for step in study.steps:
        starts[step.trial] += map(_summarize_attempt, step.attempts)
    ranked = enumerate(study.ranked, start=1)
    return [_summarize_trial(study, trial, rank, starts[trial.number]) for rank, trial in ranked]


def _summarize_evidence(study: Study) -> EvidenceSummary | None:
    known, trials = study.evidence, study.scored_elsewhere
    if known is None and not trials:
        return None
    numbers = dict(enumerate(known.numbers if known else (), start=1))
    return {
        "source": known.source if known else None,
        "problem": (known.problem or None) if known else None,
        "is_of_same_data": known.data == study.fingerprint.data if known and known.data else None,
        "epochs": known.epochs if known else None,
        "numbers": [numbers.get(trial.number) for trial in trials],
        "left_out": dict(known.left_out) if known else {},
        "trials": [_summarize_trial(study, trial, None, []) for trial in trials],
    }


def _summarize_trial(study: Study, trial: Trial, rank: int | None, starts: list[AttemptSummary]) -> TrialSummary:
    objective = study.fingerprint.objective
    score = finite(trial.score(objective))
    return {
        "rank": rank if trial.status is Status.COMPLETED else None,
        "number": trial.number,
        "params": dict(trial.params),
        "origin": str(trial.origin),
        "made_for": str(made_for(study, trial)),
        "expected": summarize_expectation(trial.expected),
        "status": str(trial.status),
        "score": score,
        # Not `Trial.curve`: a trial may have failed because the metric is missing from its logs.
        "curve": [finite(logs.get(objective.metric)) for logs in trial.history],
        "rungs": [RungScoreSummary(epochs=each.epochs, score=finite(each.score)) for each in trial.rungs_behind],
        "epochs": trial.epochs,
        "seconds": trial.seconds,
        "attempts": trial.attempts,
        "starts": starts,
        "reason": trial.reason,
        "log_tail": trial.log_tail,
        "log": None if trial.started_at is None else trial_log(trial.number),
        "started": iso_time(trial.started_at),
        "ended": iso_time(trial.ended_at),
    }


def summarize_starts(study: Study, number: int) -> list[AttemptSummary]:
    """Return each start of a trial or of a replicate, over all of its steps."""
    return [_summarize_attempt(attempt) for step in study.steps_of(number) for attempt in step.attempts]


def _summarize_attempt(attempt: Attempt) -> AttemptSummary:
    return {
        "run": attempt.run,
        "started": iso_time(attempt.started_at),
        "ended": iso_time(attempt.ended_at),
        "how": None if attempt.ended is None else str(attempt.ended),
        "reason": attempt.reason,
    }


def _summarize_settings(study: Study) -> SettingsSummary:
    fingerprint = study.fingerprint
    return {
        "default": dict(fingerprint.default),
        "given_points": len(fingerprint.given),
        "epochs": fingerprint.epochs,
        "batch_size": fingerprint.batch_size,
        "seed": fingerprint.seed,
        "surrogate": fingerprint.surrogate,
        "acquisition": fingerprint.acquisition,
        "initial_points": fingerprint.initial_points,
        "design": fingerprint.design,
        "lookahead": fingerprint.lookahead,
        "rungs": list(fingerprint.rungs),
        "deterministic": fingerprint.deterministic,
        "keep": str(fingerprint.keep),
        "data": fingerprint.data,
    }


def summarize_totals(study: Study) -> TotalsSummary:
    """Return how many trials ended in which way, and what they cost."""
    return {
        "trials": len(study.ranked),
        "completed": len(study.with_status(Status.COMPLETED)),
        "failed": len(study.with_status(Status.FAILED)),
        "imported": len(study.with_status(Status.IMPORTED)),
        "dropped": len(study.with_status(Status.DROPPED)),
        "running": len(study.with_status(Status.RUNNING)),
        "stopped": len(study.stopped),
        "at_once": _most_at_once(study),
        "steps": len(study.steps),
        "pending_steps": len(study.pending),
        "epochs": sum(trial.epochs for trial in (*study.trials, *study.replicates)),
        "training_seconds": study.training_seconds,
    }


def _most_at_once(study: Study) -> int:
    """Return how many trials were in training at the same time, at most."""
    attempts = [each for step in study.steps for each in step.attempts]
    most = min(len(attempts), 1)
    for number in {each.run for each in attempts if each.in_company}:
        spans = [(each.started_at, each.ended_at) for each in attempts if each.run == number]
        last = study.runs[number - 1].last_saved_at
        changes = [(start, 1) for start, _ in spans] + [(last if end is None else end, -1) for _, end in spans]
        # Of a moment, what ends comes before what begins.
        most = max(most, *accumulate(change for _, change in sorted(changes)))
    return most


def _summarize_run(run: Run) -> RunSummary:
    return {
        "started": iso_time(run.started_at),
        "last_saved": iso_time(run.last_saved_at),
        "ended": run.ended,
        "device": run.device,
    }
