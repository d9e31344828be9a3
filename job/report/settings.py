"""What a search was asked to do in words: its space, and the settings that decide its trials, as rows."""

from collections.abc import Iterator, Sequence

from job.core.fingerprint import ADDITIVE_GP, DO_NOT_REPEAT, NO_SURROGATE
from job.core.problem import BATCH_SIZE
from job.core.space import describe_when, value_in
from job.core.trial import Keep
from job.report.content import ArraySummary, DataSummary, Summary
from job.report.expectations import DESIGNS
from job.report.sentences import Rows, example_noun
from job.words import count, format_duration, format_score, format_value

# What the names of surrogates and acquisition functions stand for.
_NAMES = {
    "EI": "expected improvement",
    "PI": "probability of improvement",
    "LCB": "lower confidence bound",
    ADDITIVE_GP: "an additive Gaussian process",
    "GP": "a Gaussian process",
    "RF": "a random forest",
    "ET": "extra trees",
}


def space_rows(summary: Summary) -> Iterator[tuple[str, str, str, str]]:
    """Yield the name of each dimension, its values, its prior and its default."""
    for dimension in summary["space"]:
        name, prior = dimension["name"], dimension["prior"]
        default = format_value(value_in(summary["settings"]["default"], dimension), dimension)
        order = "one of these, in this order" if dimension["kind"] == "ordinal" else "one of these"
        order = "fixed" if dimension["categories"] and len(dimension["categories"]) == 1 else order
        values = dimension["description"].removesuffix(f" ({prior})")
        condition = f", if {when}" if (when := describe_when(dimension)) else ""
        yield name, values + condition, prior or order, default


def settings_rows(summary: Summary) -> Rows:
    """Yield what decides the trials, besides the space."""
    settings, objective = summary["settings"], summary["objective"]
    better = "more" if objective["direction"] == "max" else "less"
    when = "of the best epoch" if settings["keep"] == Keep.BEST else "at the end of training"
    yield "Objective", f"{objective['metric']} {when}; {better} is better"
    evidence = "; the evidence stands for the first of them" if summary["evidence"] else ""
    yield "Proposals", f"{_given(settings['given_points'])}{_proposals(summary)}{evidence}"
    repeatable = "deterministic" if settings["deterministic"] else "not deterministic"
    searched = any(each["name"] == BATCH_SIZE for each in summary["space"])
    epochs, batch = count(settings["epochs"], "epoch"), BATCH_SIZE if searched else settings["batch_size"]
    yield "Training", f"{epochs} in batches of {batch}, seed {settings['seed']}, {repeatable}"
    if settings["rungs"]:
        yield (
            "Rungs",
            f"after {', '.join(f'{rung:g}' for rung in settings['rungs'])} epochs, where a trial may stop early",
        )
    if (ahead := settings["lookahead"]) > 1:
        yield "Lookahead", f"{ahead}: a trial is planned without the results of up to {ahead - 1} before it"
    yield "Data", _data(summary)
    yield "Budget", _budget(summary)


def _given(points: int) -> str:
    """Return what comes before the random points, where the problem gives some."""
    match points:
        case 0:
            return ""
        case 1:
            return "the default point, then "
        case _:
            return f"{points} points of the problem's, then "


def _proposals(summary: Summary) -> str:
    """Return what comes after the points of the problem's."""
    settings = summary["settings"]
    acquisition, surrogate = settings["acquisition"], settings["surrogate"]
    point = f"{DESIGNS[settings['design']]} point"
    if surrogate == NO_SURROGATE:
        return f"{point}s, and no surrogate"
    search = f"{_NAMES.get(acquisition, acquisition)} on {_NAMES.get(surrogate, surrogate)}"
    return f"{count(settings['initial_points'], point)}, then {search} ({acquisition}, {surrogate})"


def _data(summary: Summary) -> str:
    data, digest = summary["data"], f"SHA-256 {summary['settings']['data'][:16]}…"
    if data is None:
        return digest
    noun, test = example_noun(data), f"{data['test']:,}" if data["test"] else "none"
    parts = [f"{data['train']:,} {noun}s to train, {data['validation']:,} to validate, {test} to test", _example(data)]
    return "; ".join(filter(None, [*parts, digest, "" if data["repeats"] else DO_NOT_REPEAT]))


def _example(data: DataSummary) -> str:
    """Return what one of the examples is: an image with its class, or arrays."""
    classes = [count(len(data["class_names"]), "class")] if data["class_names"] else []
    if data["image_shape"]:
        return ", ".join([_shape(data["image_shape"]), *classes])
    arrays = (", ".join(map(_array, data[role])) for role in ("inputs", "targets"))
    return ", ".join([" to ".join(filter(None, arrays)), *classes])


def _array(array: ArraySummary) -> str:
    return f"{array['name']} ({', '.join(filter(None, (_shape(array['shape']), array['dtype'])))})"


def _shape(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))


def _budget(summary: Summary) -> str:
    budgets, parts = summary["budgets"], []
    if budgets["trials"] is not None:
        parts.append(count(budgets["trials"], "trial"))
    if budgets["max_hours"] is not None:
        parts.append(f"{format_duration(budgets['max_hours'] * 3600)} of training")
    if budgets["patience"] is not None:
        parts.append(f"{count(budgets['patience'], 'trial')} without gain")
    if budgets["target"] is not None:
        metric = summary["objective"]["metric"]
        parts.append(f"a {metric} of {format_score(metric, budgets['target'])}")
    return ", or ".join(parts) or "none"
