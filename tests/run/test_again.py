"""A search that begins again where another is: with that one's scores as evidence, and nothing of it lost."""

from dataclasses import replace
from pathlib import Path

import pytest

from job.core.events import Event, Notice
from job.core.objective import parse_objective
from job.core.space import Categorical, Integer, Real, Space
from job.core.trial import Origin, Status
from job.run.again import begin_again
from job.state import study_json
from job.state.directory import StateDirectory
from tests.fakes import SPACE, study_of

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
    for folder in (store.trials_directory, store.report_directory, store.inbox.directory):
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
        f"begins again: the search before is in {store.root}/before-1, 2 trials of it kept"
    ]


@pytest.mark.parametrize("moved", range(8))
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
            f"begins again: the search before is in {store.root}/before-1, 0 trials of it kept, "
            "and 2 trials that cannot be compared left out"
        )
    ]
    losses = replace(CHANGED, space=SPACE, objective=parse_objective("val_loss"))
    assert [trial.imported_value for trial in begin_again(BEFORE, losses, store, tell=told.append).trials] == [0.2] * 2
    unknown = replace(CHANGED, objective=parse_objective("val_auc"))
    assert not begin_again(BEFORE, unknown, store, tell=told.append).trials
