"""What a confirmation says in words: sentences, and rows of a label and a text; text and page lay them out."""

from collections.abc import Iterable, Iterator, Sequence

from job.core.trial import Status
from job.report.confirmation.content import ConfirmationSummary, RoundSummary, SeedsSummary
from job.report.confirming import name_trials
from job.report.content import Summary
from job.report.sentences import Rows, example_noun, interval_note, ordered_metrics
from job.report.tested import format_range
from job.words import count, format_duration, format_score, is_share


def confirmed(summary: Summary) -> SeedsSummary | None:
    """Return what the winner gave on the seeds that measured it; None where nothing is confirmed."""
    confirmation = summary["confirmation"]
    return None if confirmation is None else confirmation["measured"]


def confirmed_score(summary: Summary) -> str:
    """Return the mean that is confirmed, such as `97.40 %`; empty where none is."""
    found = confirmed(summary)
    return "" if found is None else format_score(summary["objective"]["metric"], found["mean"])


def confirmed_headline(summary: Summary, confirmation: ConfirmationSummary) -> str:
    """Return what is to be expected of the best trial, such as `val_accuracy 97.40 % on fresh seeds (…): trial 7`."""
    metric, measured = summary["objective"]["metric"], confirmation["measured"]
    assert measured is not None, "asked of a confirmed trial"
    score = f"{metric} {format_score(metric, measured['mean'])} {on_fresh_seeds(metric, measured)}"
    return f"{score}: trial {confirmation['winner']}"


def on_fresh_seeds(metric: str, found: SeedsSummary) -> str:
    """Return what goes on from a confirmed mean: that it is one, and how sure it is."""
    if found["seeds"] > 1:
        return f"on fresh seeds ({seeds_note(metric, found)})"
    failed = f"{found['failed']} more failed: " if found["failed"] else ""
    return f"on one fresh seed ({failed}too few for an interval)"


def seeds_note(metric: str, found: SeedsSummary) -> str:
    """Return how sure a mean over seeds is, such as `95 % interval 97.10 to 97.70 %, 5 seeds; deviation 0.24 points`.

    Nothing is claimed where one seed alone gave a score.
    """
    seeds = count(found["seeds"], "seed") + (f", {found['failed']} more failed" if found["failed"] else "")
    if found["deviation"] is None:
        return f"{seeds}: too few for an interval"
    low, high = found["low"], found["high"]
    if low is None or high is None:
        return f"{seeds}, all alike, which gives no interval"
    sure = format_range(metric, {"low": low, "high": high})
    return f"95 % interval {sure}, {seeds}; deviation {format_deviation(metric, found)}"


def confirmed_rows(summary: Summary, confirmation: ConfirmationSummary) -> Rows:
    """Yield what stands beside the confirmed mean in the headline: how sure it is in other ways, and what it is not."""
    best, measured = summary["best"], confirmation["measured"]
    assert best is not None and measured is not None, "asked of a confirmed trial"
    if note := interval_note(measured["examples"], summary):
        yield "", f"and over the {example_noun(summary['data'])}s: {note}"
    metric, trials = summary["objective"]["metric"], summary["totals"]["completed"]
    yield (
        "In the search",
        f"{metric} {format_score(metric, best['score'])}, its score among {count(trials, 'trial')}: luck may be in it",
    )


def tests_line(summary: Summary, confirmation: ConfirmationSummary) -> str:
    """Return what the models that measured give on the test set on average; empty before they are tested."""
    tests = confirmation["tests"]
    if not tests:
        return ""
    first, *others = ordered_tests(tests, summary)
    told = [f"{first} {format_score(first, tests[first]['mean'])} ({seeds_note(first, tests[first])})"]
    told += [f"{name} {format_score(name, tests[name]['mean'])}" for name in others]
    average = f", on average of {tests[first]['seeds']} models" if tests[first]["seeds"] > 1 else ""
    return f"{', '.join(told)}{average}"


def draw_sentence(summary: Summary, confirmation: ConfirmationSummary) -> str:
    """Return which of the models that measured is the best one; empty before that is known."""
    model, measured, metric = confirmation["model"], confirmation["measured"], summary["objective"]["metric"]
    if model is None or measured is None:
        return ""
    tests = summary["test"]["metrics"] if summary["test"] else {}
    told = "".join(f", test {name} {format_score(name, tests[name])}" for name in ordered_tests(tests, summary))
    what = f"{metric} {format_score(metric, model['score'])}{told}"
    if measured["seeds"] == 1:
        return f"of seed {model['seed']}, with {what}"
    which = "the worse one" if measured["seeds"] == 2 else "the one in the middle"
    return f"of seed {model['seed']}, one draw of {measured['seeds']}: {which}, with {what}"


def confirmation_rows(confirmation: ConfirmationSummary) -> Rows:
    """Yield what was done, with which seeds, and what that took."""
    choosing, measuring = confirmation["choosing"], confirmation["measuring"]
    is_over = confirmation["state"] == "over"
    if not is_over:
        done, planned = confirmation["trainings"], confirmation["trainings_planned"]
        yield "State", f"not over: {done} of {count(planned, 'training')} begun"
    if choosing:
        yield "To choose", f"{_seeds(choosing)}{_rounds(confirmation['rounds'])}"
    if (winner := confirmation["winner"]) is not None or not is_over:
        of, choose = "the winner" if choosing else "the only candidate", "chooses" if len(measuring) == 1 else "choose"
        yield "To measure", f"{_seeds(measuring)} of {of}, which {choose} nothing"
    if winner is not None:
        yield "Winner", f"trial {winner}"
    elif is_over:
        yield "Winner", "none: each candidate has failed on a seed"
    trained = f"{count(confirmation['trainings'], 'training')}{_failed(confirmation)}"
    yield "Took", f"{trained}, {count(confirmation['epochs'], 'epoch')}, {format_duration(confirmation['seconds'])}"


def confirmation_sentences(summary: Summary, confirmation: ConfirmationSummary) -> Iterator[str]:
    """Yield what is to be known of the choice, of the measure, and of the test set."""
    winner, measured = confirmation["winner"], confirmation["measured"]
    if len(confirmation["candidates"]) > 1 and winner is not None:
        yield _alike_sentence(confirmation)
    if confirmation["choosing"] and (winner is not None or confirmation["state"] == "running"):
        yield _power_sentence(summary, confirmation)
    if confirmation["state"] == "over" and winner is not None and measured is None:
        yield "Every training that was to measure the winner has failed, so nothing is confirmed."
    if measured is not None and confirmation["tests"]:
        models = f"each of {measured['seeds']} models" if measured["seeds"] > 1 else "one model"
        yield f"The test set was asked once for {models}, after all was chosen."
    if (times := confirmation["confirmations"]) > 1:
        yield f"It is confirmation {times} of the search: each takes the same test set once more, which then says less."


def failures(confirmation: ConfirmationSummary) -> Iterator[tuple[str, str, str]]:
    """Yield what failed, why, and the file of what it printed, below the state directory."""
    for candidate in confirmation["candidates"]:
        for each in candidate["replicates"]:
            if each["status"] == Status.FAILED:
                yield f"Trial {candidate['number']} again on seed {each['seed']}", each["reason"], each["log"]


def format_difference(difference: float, *, share: bool) -> str:
    """Return by how much scores differ, such as `0.24 points`."""
    return f"{100 * difference:.2f} points" if share else f"{difference:.3g}"


def format_deviation(metric: str, found: SeedsSummary) -> str:
    """Return the deviation over seeds, or what it is at most where all scores are alike."""
    share, bound = is_share(metric, (found["mean"],)), found["deviation_bound"]
    if found["deviation"] is None:
        return "–"
    if bound is not None:
        return f"{format_difference(bound, share=share)} at most"
    return format_difference(found["deviation"], share=share)


def ordered_tests(tests: Iterable[str], summary: Summary) -> list[str]:
    """Return the metrics of a test as they are told: that of the objective first."""
    objective = summary["objective"]["metric"].removeprefix("val_")
    return sorted(ordered_metrics(tests), key=lambda name: name != objective)


def _alike_sentence(confirmation: ConfirmationSummary) -> str:
    alike, others = confirmation["alike"], len(confirmation["candidates"]) - 1
    if not alike and others == 1:
        return "The other candidate is worse, with 95 %."
    if not alike:
        return "All other candidates are worse, with 95 % for all of them at once."
    names = name_trials(alike)
    if len(alike) == others > 1:
        return f"None of the other candidates can be told from the winner: {names}."
    of = "the other candidate" if others == 1 else f"of {others} other candidates"
    return f"{names[0].upper()}{names[1:]}, {of}, cannot be told from the winner."


def _power_sentence(summary: Summary, confirmation: ConfirmationSummary) -> str:
    """Return which differences so many seeds can tell at all."""
    least, measured = confirmation["least_difference"], confirmation["measured"]
    if least is None:
        return "One seed cannot tell two candidates apart, whatever they differ by."
    deviation = measured["deviation"] if measured is not None else None
    share = summary["objective"]["is_share"]
    here = f", about {format_difference(least * deviation, share=share)} here" if deviation else ""
    seeds = count(len(confirmation["choosing"]), "seed")
    return f"{seeds} can tell two candidates apart that differ by {least:.1f} deviations over seeds or more{here}."


def _rounds(rounds: Sequence[RoundSummary]) -> str:
    """Return who is trained on the seeds that choose, and who leaves."""
    first, *others = rounds
    trained = count(first["candidates"], "candidate")
    if not others:
        return f" of {trained}, the worse of which leaves"
    more = "".join(f", {each['candidates']} on {each['seeds']} more" for each in others)
    return f", in rounds: {trained} on {count(first['seeds'], 'seed')}{more}; the worse half leaves after each"


def _failed(confirmation: ConfirmationSummary) -> str:
    """Return how many of the trainings failed, to go on with; empty where none did."""
    failed, trainings = confirmation["failed"], confirmation["trainings"]
    if not failed:
        return ""
    if failed < trainings:
        return f", {failed} of which failed"
    return ", which failed" if failed == 1 else ", all of which failed"


def _seeds(seeds: Sequence[int]) -> str:
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    return f"seeds {seeds[0]} {'and' if len(seeds) == 2 else 'to'} {seeds[-1]}"
