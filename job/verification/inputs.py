"""The journal of a saved study: every input where it belongs, and every request carried out once."""

from collections import Counter
from collections.abc import Iterator

from job.core.journal import Enqueued, Retried
from job.core.known import Known
from job.verification.finding import Difference, Finding, Subject, told
from job.verification.replay import steps_of_earlier_releases
from job.words import count


def check_journal(search: Known) -> Finding:
    """Compare the journal with the steps that carry out what it asks for."""
    earlier = steps_of_earlier_releases(search)
    unknown = f"limits at the first {count(earlier, 'step')}: an earlier release planned these, and did not record them"
    found = tuple(_differences(search))
    return Finding(
        subject=Subject.JOURNAL,
        told=told(found, f"{count(len(search.journal), 'input')}, each taken in once and carried out once at most"),
        differences=found,
        not_compared=(unknown,) if earlier else (),
    )


def _differences(search: Known) -> Iterator[Difference]:
    latest = 1
    for place, entry in enumerate(search.journal, start=1):
        if not latest <= entry.step <= len(search.steps) + 1:
            yield Difference(place=f"input {place}", name="first step", recorded=entry.step, now=latest)
        latest = max(latest, entry.step)
    names = Counter(entry.request for entry in search.journal if entry.request)
    for name, times in names.items():
        if times > 1:
            yield Difference(place=f"input {name}", name="times taken in", recorded=times, now=1)
    yield from _carried_out(search)


def _carried_out(search: Known) -> Iterator[Difference]:
    asked = {entry.request: entry.step for entry in search.journal if isinstance(entry.input, Enqueued | Retried)}
    done = Counter[str]()
    for step in search.steps:
        if not step.request:
            continue
        place = f"step {step.number}"
        if step.request not in asked:
            yield Difference(place=place, name="input that is not in the journal", recorded=step.request, now=None)
        elif asked[step.request] > step.number:
            yield Difference(
                place=place, name=f"first step of input {step.request}", recorded=asked[step.request], now=step.number
            )
        done[step.request] += 1
    for name, times in done.items():
        if times > 1:
            yield Difference(place=f"input {name}", name="times carried out", recorded=times, now=1)
