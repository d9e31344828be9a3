"""What another search has scored, as evidence for one that begins: its state, its trials.csv, or a result.joblib."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from job.address import Address, StatePlace
from job.core.events import Event, Level, Notice
from job.core.evidence import Evidence, OtherSearch, OtherTrial, without_score
from job.core.fingerprint import Fingerprint
from job.core.space import Categorical
from job.core.study import Study
from job.core.trial import Status, Trial
from job.errors import SettingsChangedError, SettingsError
from job.paths import dangling_link, describe_link
from job.report.spreadsheet import read_csv
from job.state import study_json
from job.state.directory import StateDirectory, read_study
from job.state.places import state_at
from job.words import count, format_counts

_EXPECTED = "expected the state of a search, the trials.csv of a report, or a result.joblib"


def read_search(place: StatePlace, fingerprint: Fingerprint, *, tell: Callable[[Event], None]) -> OtherSearch:
    """Return the search at a place, of a state or of a file, with its scores by the objective of `fingerprint`.

    A state is only read, and no run at work there is disturbed. Raise SettingsError where there is none.
    """
    if isinstance(place, Address):
        return _read_state(state_at(place), fingerprint, tell)
    path = Path(str(place))
    if path.is_dir():
        store = StateDirectory(path)
        if store.result_file.exists() and not store.study_file.exists():
            raise SettingsError(
                f"--begin-from: {path} holds a {store.result_file.name} and no study.json",
                hint=f"name the file itself, by --begin-from {store.result_file}, if you trust its author",
            )
        return _read_state(store, fingerprint, tell)
    if not path.is_file():
        found = describe_link(link) if (link := dangling_link(path)) else "nothing"
        raise SettingsError(f"--begin-from: {_EXPECTED}, found {found} at {path}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"--begin-from: cannot read {path}: {error.strerror}") from error
    if path.suffix == ".csv":
        return read_csv(data, fingerprint, source=str(path))
    if path.suffix == ".joblib":
        from job.proposals.result import load_result

        return load_result(data, fingerprint, source=str(path))
    raise SettingsError(f"--begin-from: {_EXPECTED}, found {path}, whose name ends in none of .csv and .joblib")


def search_of(study: Study, fingerprint: Fingerprint, *, source: str) -> OtherSearch:
    """Return the search of a study, with its scores by the objective of `fingerprint`."""
    old = study.fingerprint
    return OtherSearch(
        source=source,
        sha256=sha256(study_json.dump(study)).hexdigest(),
        trials=tuple(_other_trial(study, trial, fingerprint.objective.metric) for trial in study.trials),
        fixed=frozenset(each.name for each in old.space.dimensions if isinstance(each, Categorical) and each.size == 1),
        problem=old.problem,
        is_of_same_problem=old.is_of_same_problem(fingerprint),
        data=old.data,
        epochs=old.epochs,
    )


def begin_from(search: OtherSearch, fingerprint: Fingerprint, *, tell: Callable[[Event], None]) -> Study:
    """Return a study that begins with what fits of another search; raise SettingsError where no score of it does."""
    study = Study(fingerprint=fingerprint).take_as_evidence(search)
    assert study.evidence is not None
    if not search.has_scores:
        tell(Notice(f"no trial of {search.source} has a score: the search begins afresh", level=Level.WARNING))
    elif not study.trials:
        raise SettingsError(
            f"--begin-from: expected trials that fit this search, found none among {len(search.trials)} of "
            f"{search.source}: {format_counts(study.evidence.left_out)}",
            hint="begin without it, or with a space and an objective that they fit",
        )
    else:
        tell(Notice(f"begins with {_describe(study.evidence)}"))
    return study


def begin_again(
    before: Study, fingerprint: Fingerprint, store: StateDirectory, *, tell: Callable[[Event], None]
) -> Study:
    """Return a study of `fingerprint`, saved where the one before was, with what that one has scored as evidence.

    All else of that one is moved aside. Its failed trials are left out, since what failed may be mended.
    """
    aside = store.place_aside()
    search = search_of(before, fingerprint, source=store.told(aside.absolute()))
    study = Study(fingerprint=fingerprint).take_as_evidence(search)
    store.begin_again_with(study, aside)
    assert study.evidence is not None
    tell(Notice(f"begins again, with {_describe(study.evidence)}"))
    return study


def refuse_result(store: StateDirectory) -> None:
    """Raise SettingsError where there is a result of another program, or of a search whose study is gone.

    A search would write its own over it.
    """
    if store.result_file.exists():
        raise SettingsError(
            f"{store.place} holds a {store.result_file.name} and no study.json",
            hint="move it away to start afresh; or, if you trust its author, begin from it in another directory, by "
            f"--begin-from {store.result_file} --state ANOTHER",
        )


def check_source(
    evidence: Evidence | None, place: StatePlace, fingerprint: Fingerprint, *, tell: Callable[[Event], None]
) -> None:
    """Raise SettingsChangedError unless a search that has begun did so from what is at this place."""
    if evidence is not None and evidence.source == str(place):
        return
    if evidence is not None and read_search(place, fingerprint, tell=tell).sha256 == evidence.sha256:
        return
    begun = "without any" if evidence is None else f"from {evidence.source}"
    raise SettingsChangedError(
        f"the state belongs to a search with other evidence:\n  --begin-from: begun {begun} in the state, {place} now",
        hint="leave out --begin-from to go on with it, or name another directory with --state",
    )


def _read_state(store: StateDirectory, fingerprint: Fingerprint, tell: Callable[[Event], None]) -> OtherSearch:
    study = read_study(store, warn=lambda text: tell(Notice(str(text), level=Level.WARNING)))
    return search_of(study, fingerprint, source=str(store.place))


def _describe(evidence: Evidence) -> str:
    left_out = f"; left out: {format_counts(evidence.left_out)}" if evidence.left_out else ""
    seen = len(evidence.numbers) + sum(evidence.left_out.values())
    return f"{len(evidence.numbers)} of {count(seen, 'trial')} of {evidence.source} as evidence{left_out}"


def _other_trial(study: Study, trial: Trial, metric: str) -> OtherTrial:
    reason, value = "", None
    match trial.status:
        case Status.COMPLETED:
            value = (trial.kept or trial.history[-1]).get(metric)
        case Status.IMPORTED if study.fingerprint.objective.metric == metric:
            value = trial.imported_value
        case Status.IMPORTED:
            pass
        case status:
            reason = without_score(status)
    reason = reason or ("" if value is not None else f"without {metric}")
    return OtherTrial(number=trial.number, params=trial.params, value=value, reason=reason)
