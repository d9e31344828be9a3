"""What may explain that something comes out otherwise than it is recorded."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from job.core.fingerprint import DO_NOT_REPEAT
from job.core.run import Run
from job.core.study import Study
from job.training.devices import Device, describe, is_same_kind
from job.verification.finding import Finding, Subject
from job.versions import changed_arithmetic, changed_versions

# What is computed, and so may have other last bits elsewhere.
_COMPUTED = {Subject.PLAN, Subject.TRIALS}
_WRITTEN = {Subject.STEPS, Subject.JOURNAL}


@dataclass(frozen=True, kw_only=True)
class Here:
    """What this process computes with, as far as that decides bits."""

    devices: tuple[Device, ...]
    versions: Mapping[str, str]
    arithmetic: Mapping[str, str]


def causes(study: Study, findings: Sequence[Finding], here: Here) -> tuple[str, ...]:
    """Return what may explain the differences that were found; nothing where there are none."""
    differing = {finding.subject for finding in findings if finding.differences}
    return tuple(_causes(study, differing, here))


def _causes(study: Study, differing: set[Subject], here: Here) -> Iterator[str]:
    if differing & _COMPUTED:
        known = dict.fromkeys(_changes(study, here))
        if Subject.TRIALS in differing and study.interruptions and study.data and not study.data.repeats:
            known = dict.fromkeys((DO_NOT_REPEAT, *known))
        yield from known
        if not known:
            yield (
                "nothing that is known: versions, device and settings are the same. So the state or the problem's code "
                "has been changed, or something draws random numbers that the search does not know of"
            )
    if Subject.DATA in differing:
        yield "with other data nothing comes out the same, so no trial was trained again; see --data"
    if Subject.MODEL in differing:
        yield "best.keras is lost, damaged or another one, as after a kill at a bad moment: hpo-job search mends that"
    elif Subject.WEIGHTS in differing:
        yield "no machine and no version changes the weights in a file: best.keras or study.json has been changed since"
    if differing & _WRITTEN:
        yield "no machine and no version changes what is written there: study.json has been changed since it was"


def _changes(study: Study, here: Here) -> Iterator[str]:
    """Yield in what each run that has trained differs from this process."""
    if not study.fingerprint.deterministic:
        yield "the search runs with --no-deterministic"
    runs = [run for run in study.runs if run.device]
    yield from _other_devices(runs, here.devices, study.fingerprint.threads)
    yield from filter(None, (changed_versions(run.versions, here.versions) for run in runs))
    yield from filter(None, (changed_arithmetic(run.arithmetic, here.arithmetic) for run in runs))


def _other_devices(runs: Iterable[Run], devices: tuple[Device, ...], threads: int | None) -> Iterator[str]:
    for run in runs:
        if not is_same_kind(run.device, devices, threads=threads):
            yield f"trained on {run.device} before, on {describe(devices)} now"
