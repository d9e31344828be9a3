"""What users may ask of a search while it lives: read from texts, checked against the study, and told in words."""

from collections.abc import Iterable

from job.core.journal import Dropped, Enqueued, Request, Retried
from job.core.known import Known
from job.core.plan import open_requests
from job.core.space import Dimension, Params, Space, Value, describe_when, summarize_space
from job.core.space.texts import allowed_values, value_of
from job.core.trial import Status
from job.core.values import shown
from job.errors import SettingsError


def parse_values(space: Space, texts: Iterable[str]) -> dict[str, Value]:
    """Read values of a point, each given as `NAME=VALUE`, with the names and the values of `space`."""
    pairs = [_parse_pair(text) for text in texts]
    given = dict(pairs)
    if len(given) < len(pairs):
        names = ", ".join(name for name, _ in pairs)
        raise SettingsError(f"--set: expected each dimension once, found {names}")
    dimensions = {dimension.name: dimension for dimension in space.dimensions}
    if unknown := [name for name in given if name not in dimensions]:
        raise SettingsError(
            f"--set: the search has no dimension {', '.join(map(shown, unknown))}", hint=_dimensions(space)
        )
    return {name: _parse_value(each, given[name]) for name, each in dimensions.items() if name in given}


def check_request(study: Known, request: Request) -> None:
    """Raise SettingsError, with what was expected and what was found, unless `request` can be taken in."""
    match request:
        case Enqueued(params):
            _check_values(study.fingerprint.space, params)
        case Dropped(number):
            if _status(study, number) is Status.DROPPED:
                raise SettingsError(f"trial {number} is set aside already")
        case Retried(number):
            status = _status(study, number)
            if status is not Status.FAILED:
                raise SettingsError(
                    f"expected a trial that has failed, found that trial {number} is {status}", hint=_failed(study)
                )


def describe_request(request: Request) -> str:
    """Return a request as its command is written, such as `enqueue learning_rate=0.001, activation=relu`."""
    match request:
        case Enqueued(params):
            return f"enqueue {describe_values(params)}"
        case Dropped(number):
            return f"drop {number}"
        case Retried(number):
            return f"retry {number}"


def describe_open_requests(study: Known) -> list[str]:
    """Return what has been taken in and not been begun yet, each request as its command is written."""
    return [describe_request(entry.input) for entry in open_requests(study) if isinstance(entry.input, Request)]


def describe_values(params: Params) -> str:
    """Return some values of a point in one line, such as `learning_rate=0.001, activation=relu`."""
    return ", ".join(f"{name}={value}" for name, value in params.items())


def _parse_pair(text: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and equals and value):
        raise SettingsError(f"--set: expected NAME=VALUE such as learning_rate=1e-3, found {text!r}")
    return name, value


def _parse_value(dimension: Dimension, text: str) -> Value:
    value = value_of(dimension, text)
    if value is None or value not in dimension:
        raise SettingsError(f"--set: {dimension.name}: expected {allowed_values(dimension)}, found {shown(text)}")
    return value


def _check_values(space: Space, params: Params) -> None:
    dimensions = {dimension.name: dimension for dimension in space.dimensions}
    for name, value in params.items():
        if name not in dimensions:
            raise SettingsError(f"the search has no dimension {shown(name)}", hint=_dimensions(space))
        if value not in dimensions[name]:
            raise SettingsError(f"{name}: expected {allowed_values(dimensions[name])}, found {shown(value)}")
    if not space.admits(params):
        depend = [each for each in summarize_space(space) if each["name"] in params and each["when"]]
        raise SettingsError(
            f"there is no point with {describe_values(params)}",
            hint="; ".join(f"{each['name']} is searched only where {describe_when(each)}" for each in depend),
        )


def _status(study: Known, number: int) -> Status:
    if not 1 <= number <= len(study.trials):
        raise SettingsError(
            f"expected the number of a trial, of which there are {len(study.trials)}, found {number}",
            hint="see hpo-job report for the trials",
        )
    return study.trial(number).status


def _failed(study: Known) -> str:
    failed = ", ".join(str(trial.number) for trial in study.with_status(Status.FAILED))
    return f"trials that have failed: {failed}" if failed else "no trial has failed"


def _dimensions(space: Space) -> str:
    return f"its dimensions are {', '.join(space.names)}"
