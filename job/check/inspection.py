"""What a check of a problem has found, and what follows from it. Pure: facts in, findings and figures out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from job.check.points import Probe
from job.core.fingerprint import Fingerprint
from job.core.space import Space
from job.errors import ExitCode
from job.training.check.facts import Built, DataSeen, Finding, Severity, Stepped, Trained
from job.training.check.ignored import ignored
from job.words import count

_WEIGHTS = "weights after a batch"
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What there is to know of one point; None is what was not done, or did not come to its end."""

    probe: Probe
    built: Built | None = None
    stepped: Stepped | None = None
    trained: Trained | None = None

    def trial_seconds(self, fingerprint: Fingerprint, loading_seconds: float) -> float | None:
        """Return about how long a trial takes there that is trained to its end; None where that is not known."""
        if self.built is None or self.trained is None:
            return None
        each = self.trained.batch_seconds
        batches = self.trained.batches * (self.trained.first_seconds if each is None else each)
        once = loading_seconds + self.built.seconds + self.trained.first_seconds
        epochs, within = fingerprint.epochs, sum(not rung.is_integer() for rung in fingerprint.rungs)
        return once + epochs * batches + (epochs + within) * self.trained.validation_seconds


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """All that a check of a problem has found."""

    problem: str
    fingerprint: Fingerprint
    trials: int  # of the search
    to_confirm: int  # trainings of its best trials, at most
    tried: tuple[Tried, ...]  # each point that there was to try
    findings: tuple[Finding, ...]  # the worst first
    data: DataSeen | None = None
    not_done: tuple[str, ...] = ()
    timed_out: bool = False  # which is why not all is done

    @property
    def exit_code(self) -> ExitCode:
        return next((each.exit_code for each in self.findings if each.severity is Severity.ERROR), ExitCode.OK)

    @property
    def trial_seconds(self) -> tuple[float, ...]:
        """About how long a trial takes at each point that was trained, in their order."""
        loading = self.data.seconds if self.data else 0.0
        found = (each.trial_seconds(self.fingerprint, loading) for each in self.tried)
        return tuple(seconds for seconds in found if seconds is not None)

    @property
    def search_seconds(self) -> float | None:
        """About how long the search takes, its confirmation included; None where nothing could be trained."""
        trainings = self.trials + self.to_confirm
        return trainings * mean(self.trial_seconds) if self.trial_seconds else None


def arranged(findings: Iterable[Finding], reasons: Sequence[str]) -> tuple[Finding, ...]:
    """Return each finding once, the worst first, with where it shows; `reasons` are those of all points."""
    points: dict[Finding, list[int]] = {}
    for each in findings:
        same = next((other for other in points if _is_same(each, other)), each)
        points.setdefault(same, []).extend([] if each.point is None else [each.point])
    found = [
        replace(each, told=_with_points(each.told, [reasons[at] for at in places])) for each, places in points.items()
    ]
    return tuple(sorted(found, key=lambda each: _ORDER.index(each.severity)))


def _is_same(one: Finding, other: Finding) -> bool:
    return (one.severity, one.told, one.place) == (other.severity, other.told, other.place)


def _with_points(told: str, reasons: Sequence[str]) -> str:
    if not reasons:
        return told
    more = f", and at {count(len(reasons) - 1, 'more point')}" if len(reasons) > 1 else ""
    return f"{told} (at {reasons[0]}{more})"


def check_digest(data: DataSeen | None, elsewhere: str | None) -> Iterator[Finding]:
    """Yield whether the data have another digest in another process; nothing where one is not known, or empty."""
    if data is not None and data.digest and elsewhere and elsewhere != data.digest:
        yield Finding(
            severity=Severity.ERROR,
            told="load_data gives other data in another process, so that no search of them could be gone on with",
            place=data.place,
            hint="sort what comes from a set, and use no hash(): its values for texts change with each process",
        )


def check_dimensions(space: Space, tried: tuple[Tried, ...], place_of: Callable[[str], str]) -> Iterator[Finding]:
    """Yield the dimensions that seem to change nothing."""
    points = {index: each.probe.params for index, each in enumerate(tried)}
    traits = {
        index: {**each.built.traits, _WEIGHTS: each.stepped.weights if each.stepped else ""}
        for index, each in enumerate(tried)
        if each.built is not None
    }
    for name, indices in ignored(space, points, traits).items():
        values = ", ".join(dict.fromkeys(str(points[index][name]) for index in indices))
        batches = " and the first batches" if all(tried[index].stepped for index in indices) else ""
        yield Finding(
            severity=Severity.WARNING,
            told=f"{name} seems to change nothing: model, optimizer, loss, callbacks, fit_options{batches} are "
            f"the same at {values}",
            place=place_of(name),
            hint=f"use it, or search without it: --fix {name}={points[indices[0]][name]}",
        )
