"""What a trial gives that has been trained again for more epochs, beside what it gave in its search."""

from collections.abc import Iterator

from rich.console import Group
from rich.text import Text

from job.core.trial import Hits
from job.plain_text import render_plain
from job.report import sentences
from job.report.content import Summary, TrialSummary
from job.report.evaluation import IntervalSummary, share_interval
from job.report.tested import TestedSummary
from job.report.text.tables import draw_rows, plain_table
from job.words import count, format_duration, format_score

_UNKNOWN = "–"
_LEVEL = 0.05  # of a difference that is more than chance explains


def render_retraining(
    search: Summary, number: int, retraining: Summary, *, hits: tuple[Hits | None, Hits | None], model_path: str
) -> str:
    """Return the comparison of trial `number` of a search with its retraining, whose model stands at `model_path`.

    `hits` tell which validation examples each of the two gets right; None where that is not known.
    """
    before = next(trial for trial in search["trials"] if trial["number"] == number)
    after, best = retraining["trials"][0], retraining["best"]
    table = plain_table()
    for header in ("", "in the search", "trained again"):
        table.add_column(header)
    for row in _rows(search, before, retraining, after):
        table.add_row(*map(Text, row))
    weights = f", {count(best['weights'], 'weight')}" if best and best["weights"] else ""
    gain = f"{_gain(search, before, retraining, after)}{_chance(search, *hits)}"
    told = [("Brought", gain), ("Model", f"{model_path}{weights}")]
    return render_plain(Group(Text(f"Trial {number} for {count(after['epochs'], 'epoch')}"), table, draw_rows(told)))


def _rows(
    search: Summary, before: TrialSummary, retraining: Summary, after: TrialSummary
) -> Iterator[tuple[str, str, str]]:
    yield "epochs", str(before["epochs"]), str(after["epochs"])
    yield search["objective"]["metric"], _score(search, before), _score(retraining, after)
    tests = _test_of(search, before), _test_of(retraining, after)
    names = dict.fromkeys(name for test in tests if test is not None for name in test["metrics"])
    for name in sentences.ordered_metrics(names):
        yield f"test {name}", _tested(search, tests[0], name), _tested(retraining, tests[1], name)
    yield "training", format_duration(before["seconds"]), format_duration(after["seconds"])


def _gain(search: Summary, before: TrialSummary, retraining: Summary, after: TrialSummary) -> str:
    """Return by how much the score is better or worse."""
    metric, old, new = search["objective"]["metric"], before["score"], after["score"]
    if old is None or new is None:
        return "nothing that can be told: there is no score"
    if old == new:
        return f"{metric} is the same"
    better = (new > old) == (search["objective"]["direction"] == "max")
    if search["objective"]["is_share"] and retraining["objective"]["is_share"]:
        by = f"{100 * abs(new - old):.2f} points"
    else:
        by = f"{abs(new - old):.4g}"
    return f"{metric} is {by} {'better' if better else 'worse'}"


def _chance(search: Summary, before: Hits | None, after: Hits | None) -> str:
    """Return on which examples the models differ, and whether chance may explain it; empty where that is not known."""
    if before is None or after is None or before.examples != after.examples:
        return ""
    # Here, so that a retraining of which that is not known loads neither NumPy nor SciPy.
    from job.statistics.chosen import unpacked
    from job.statistics.examples import paired_chance

    was, now = unpacked([before, after])
    gained, lost = int((now & ~was).sum()), int((was & ~now).sum())
    noun = sentences.example_noun(search["data"])
    if not gained + lost:
        return f", on the same {noun}s"
    may = "chance may explain" if paired_chance(gained, lost) > _LEVEL else "is more than chance explains"
    return f": {count(gained, noun)} gained, {lost} lost, which {may}"


def _score(summary: Summary, trial: TrialSummary) -> str:
    note = sentences.interval_note(_interval(summary, trial), summary)
    return _noted(format_score(summary["objective"]["metric"], trial["score"]), note)


def _interval(summary: Summary, trial: TrialSummary) -> IntervalSummary | None:
    """Return how sure a score is that is a share of the validation examples; None for any other."""
    data = summary["data"] if summary["objective"]["metric"] == "val_accuracy" else None
    return share_interval(trial["score"], data["validation"] if data else 0)


def _test_of(summary: Summary, trial: TrialSummary) -> TestedSummary | None:
    """Return the test of a trial: that of the best one alone is known."""
    test = summary["test"]
    return test if test is not None and test["number"] == trial["number"] else None


def _tested(summary: Summary, test: TestedSummary | None, name: str) -> str:
    if test is None or name not in test["metrics"]:
        return _UNKNOWN
    return _noted(format_score(name, test["metrics"][name]), sentences.metric_note(name, test, summary))


def _noted(text: str, note: str) -> str:
    return f"{text} ({note})" if note else text
