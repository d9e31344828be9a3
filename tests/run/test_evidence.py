"""A search that begins with what another has scored, elsewhere or in its own directory, of which nothing is lost."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from job.address import Address, StatePlace
from job.core.events import Event, Notice
from job.core.fingerprint import Fingerprint
from job.core.objective import parse_objective
from job.core.space import Categorical, Integer, Real, Space
from job.core.study import Study
from job.core.trial import Origin, Status
from job.errors import SettingsChangedError, SettingsError
from job.proposals.result import dump_result
from job.report.spreadsheet import render_csv
from job.report.summary import summarize
from job.run.evidence import begin_again, begin_from, check_source, read_search
from job.state import study_json
from job.state.directory import StateDirectory
from job.state.objects.head import Head, dump
from job.state.objects.state import ObjectState
from tests.fakes import SPACE, contents_of, study_of
from tests.state.objects.fakes import ADDRESS, memory_bucket
from tests.state.objects.proxy import Answer, Request, serving

ALL_KINDS = study_of(0.5, None, 0.9, imported=[0.7], running_epochs=1)
BEFORE = study_of(0.5, None, 0.9, running_epochs=1)
CHANGED = replace(BEFORE.fingerprint, epochs=7)


@pytest.fixture
def store(tmp_path: Path) -> StateDirectory:
    """A state directory with the search BEFORE and something of each kind that a search leaves."""
    store = StateDirectory(tmp_path)
    for _ in range(2):
        store.save(BEFORE)
    for file in (store.best_model, store.result_file, store.predictions_file):
        file.write_bytes(b"before")
    for folder in (store.trials_directory, store.replicates_directory, store.report_directory, store.root / "inbox"):
        folder.mkdir()
        (folder / "file").write_bytes(b"before")
    (tmp_path / "mine.txt").write_text("of the user")
    return store


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()}


def test_the_search_before_is_moved_as_it_is_and_its_scores_are_evidence(store: StateDirectory) -> None:
    found, told = files_in(store.root), list[Event]()
    study = begin_again(BEFORE, CHANGED, store, tell=told.append)

    assert [(trial.origin, trial.status, trial.imported_value) for trial in study.trials] == [
        (Origin.EVIDENCE, Status.IMPORTED, 0.5),
        (Origin.EVIDENCE, Status.IMPORTED, 0.9),
    ]
    assert [trial.params for trial in study.trials] == [BEFORE.trial(number).params for number in (1, 3)]
    assert (study.fingerprint, store.read().study) == (CHANGED, study)
    mine = {"mine.txt": found.pop("mine.txt")}
    assert files_in(store.root / "before-1") == found
    now = {name: data for name, data in files_in(store.root).items() if not name.startswith("before-1/")}
    assert now == {**mine, "study.json": study_json.dump(study)}
    assert [event.message for event in told if isinstance(event, Notice)] == [
        f"begins again, with 2 of 4 trials of {store.root}/before-1 as evidence; left out: 1 failed, 1 unfinished"
    ]


@pytest.mark.parametrize("moved", range(9))
def test_a_move_that_was_killed_is_gone_on_with(moved: int, store: StateDirectory) -> None:
    found = {name: data for name, data in files_in(store.root).items() if name != "mine.txt"}
    aside = store.root / "before-1"
    aside.mkdir()
    (aside / "study.json").write_bytes(store.study_file.read_bytes())
    others = ("before-1", "mine.txt", "study.json")
    for path in [each for each in sorted(store.root.iterdir()) if each.name not in others][:moved]:
        path.rename(aside / path.name)

    begin_again(BEFORE, CHANGED, store, tell=lambda _: None)
    assert files_in(aside) == found
    assert not (store.root / "before-2").exists()


def test_each_search_has_a_place_of_its_own(store: StateDirectory) -> None:
    once = begin_again(BEFORE, CHANGED, store, tell=lambda _: None)
    again = begin_again(once, BEFORE.fingerprint, store, tell=lambda _: None)
    kept = [StateDirectory(store.root / name).read().study for name in ("before-1", "before-2")]
    assert kept == [BEFORE, once]
    assert [trial.imported_value for trial in again.trials] == [0.5, 0.9]


def test_points_that_are_none_of_the_new_space_and_scores_that_are_unknown_are_left_out(store: StateDirectory) -> None:
    told = list[Event]()
    narrow = Space((Real("learning_rate", 1e-6, 1e-2), Integer("filters", 8, 64), Categorical("kind", ("a", "b"))))
    assert not begin_again(BEFORE, replace(CHANGED, space=narrow), store, tell=told.append).trials
    assert told == [
        Notice(
            f"begins again, with 0 of 4 trials of {store.root}/before-1 as evidence; "
            "left out: 2 with dropout, which is no dimension here, 1 failed, 1 unfinished"
        )
    ]
    losses = replace(CHANGED, space=SPACE, objective=parse_objective("val_loss"))
    assert [trial.imported_value for trial in begin_again(BEFORE, losses, store, tell=told.append).trials] == [0.2] * 2
    unknown = replace(CHANGED, objective=parse_objective("val_auc"))
    assert not begin_again(BEFORE, unknown, store, tell=told.append).trials


def begun(place: StatePlace, fingerprint: Fingerprint = ALL_KINDS.fingerprint) -> Study:
    """Return the study that begins from what is at a place."""
    return begin_from(read_search(place, fingerprint, tell=unheard), fingerprint, tell=unheard)


def unheard(_: Event) -> None:
    pass


@pytest.fixture(params=["state", "trials.csv", "result.joblib"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What ALL_KINDS has left, in each form that a search can begin from."""
    path: Path = tmp_path / request.param
    match request.param:
        case "state":
            path.mkdir()
            StateDirectory(path).save(ALL_KINDS)
        case "trials.csv":
            path.write_text(render_csv(summarize(ALL_KINDS)))
        case _:
            path.write_bytes(dump_result(ALL_KINDS, with_model=False))
    return path


def test_a_search_begins_with_every_score_of_another_from_whatever_form_of_it(source: Path) -> None:
    before = contents_of(source.parent)
    study = begun(source)
    expected = [(trial.params, trial.score(study.fingerprint.objective)) for trial in ALL_KINDS.scored]
    assert sorted((trial.imported_value, trial.params) for trial in study.trials) == sorted(
        (score, params) for params, score in expected
    )
    assert {trial.origin for trial in study.trials} == {Origin.EVIDENCE}
    assert study.evidence is not None and study.evidence.source == str(source)
    unfinished = {} if source.suffix == ".joblib" else {"unfinished": 1}  # of which a result knows nothing
    assert study.evidence.left_out == {"failed": 1, **unfinished}
    assert study_json.load(study_json.dump(study)) == study
    assert contents_of(source.parent) == before


def test_a_search_begins_with_the_scores_of_one_in_an_object_store(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def respond(request: Request) -> Answer:
        asked.append(f"{request.method} {request.path}")
        headers = {"ETag": '"1"', "Last-Modified": "Thu, 26 Nov 2026 12:00:00 GMT"}
        return Answer(200, headers, dump(Head(run=1, study=study_json.dump(ALL_KINDS))))

    address = Address("s3://bucket/old", "s3", "bucket", "old")
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "key")
    with serving(respond) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        study = begun(address)
        check_source(study.evidence, address, study.fingerprint, tell=unheard)
        check_source(study.evidence, address.child(""), study.fingerprint, tell=unheard)
    assert [trial.imported_value for trial in study.trials] == [0.7, 0.5, 0.9]
    assert study.evidence is not None and study.evidence.source == "s3://bucket/old"
    assert study.evidence.left_out == {"failed": 1, "unfinished": 1}
    assert asked == ["GET /bucket/old/study.json"] * 2, "nothing else is asked of the store, and nothing written"


def test_a_search_that_begins_again_in_an_object_store_names_the_one_before_by_its_address(tmp_path: Path) -> None:
    store = ObjectState(tmp_path, ADDRESS, memory_bucket())
    with store.lock():
        store.save(BEFORE)
        study = begin_again(BEFORE, CHANGED, store, tell=unheard)
    assert study.evidence is not None and study.evidence.source == f"{ADDRESS}/before-1"


def test_nothing_that_fits_is_told_with_the_reasons(source: Path) -> None:
    other = replace(ALL_KINDS.fingerprint, objective=parse_objective("val_auc"))
    with pytest.raises(SettingsError, match=rf"found none among [45] of {source}: ") as told:
        begun(source, other)
    assert "1 failed" in str(told.value) and "3 without val_auc" in str(told.value)


def test_a_search_at_work_is_read_without_disturbing_it(tmp_path: Path) -> None:
    store = StateDirectory(tmp_path)
    with store.lock():
        store.save(ALL_KINDS)
        assert len(begun(tmp_path).trials) == 3


def test_where_nothing_has_a_score_a_search_begins_afresh_and_says_so(tmp_path: Path) -> None:
    StateDirectory(tmp_path).save(study_of(None, running_epochs=1))
    told = list[Event]()
    fingerprint = ALL_KINDS.fingerprint
    assert not begin_from(read_search(tmp_path, fingerprint, tell=unheard), fingerprint, tell=told.append).trials
    assert "no trial of" in str(told[0]) and "begins afresh" in str(told[0])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "found nothing at"),
        ("empty", "there is no search in"),
        ("mine.txt", "whose name ends in none of .csv and .joblib"),
        ("churn.csv", "expected the trials.csv of a report"),
        ("damaged.joblib", "is not a result of scikit-optimize"),
        ("alone", "holds a result.joblib and no study.json"),
    ],
)
def test_what_no_search_can_begin_from_is_told(name: str, said: str, tmp_path: Path) -> None:
    for folder in ("empty", "alone"):
        (tmp_path / folder).mkdir()
    for file in ("mine.txt", "churn.csv", "damaged.joblib", "alone/result.joblib"):
        (tmp_path / file).write_text("tenure,churned\n1,0\n")
    with pytest.raises(SettingsError, match=re.escape(said)):
        begun(tmp_path / name)


def test_only_the_source_that_a_search_has_begun_from_may_be_given_again(source: Path) -> None:
    study = begun(source)
    check_source(study.evidence, source, study.fingerprint, tell=unheard)
    moved = source.rename(source.with_name(f"moved-{source.name}"))
    check_source(study.evidence, source, study.fingerprint, tell=unheard)
    check_source(study.evidence, moved, study.fingerprint, tell=unheard)
    (other := source.with_name("other.csv")).write_text(render_csv(summarize(study_of(0.3))))
    for evidence in (study.evidence, None):
        with pytest.raises(SettingsChangedError, match="--begin-from: begun") as told:
            check_source(evidence, other, study.fingerprint, tell=unheard)
        assert "leave out --begin-from" in told.value.hint
