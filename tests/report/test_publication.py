"""How a report gets into its directory: who may write it, over what, and what of it is the user's."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from job.core.study import Study
from job.errors import StateLockedError
from job.report.files import JSON, PAGE, known_summary, render_files
from job.report.freshness import stamped
from job.report.publication import Publication
from job.report.summary import summarize
from job.state.directory import StateDirectory
from tests.fakes import study_of

EARLIER, LATER = study_of(0.9), study_of(0.9, 0.8)


@pytest.fixture
def store(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path)


def rendered(study: Study) -> dict[str, bytes | None]:
    """Return the files of a report whose page and plots stand for drawn ones."""
    summary = summarize(study)
    drawn = {"plots/times.svg": f"{len(study.trials)} trials".encode(), PAGE: stamped("<html>", summary).encode()}
    return {**drawn, "plots/error.svg": None, **render_files(summary, model_path="best.keras")}


def told(store: StateDirectory) -> int:
    return (store.report_file(JSON) or b"").count(b'"rank"')


def drawn(store: StateDirectory) -> bytes | None:
    return store.report_file("plots/times.svg")


def test_an_earlier_report_takes_the_place_of_no_later_one(store: StateDirectory) -> None:
    assert Publication(store).replace(LATER, rendered(LATER))
    assert not Publication(store).replace(EARLIER, rendered(EARLIER))
    assert not Publication(store).tell(EARLIER)
    assert (told(store), drawn(store)) == (2, b"2 trials")


def test_a_page_that_is_later_than_the_one_that_is_there_comes_though_the_rest_is_later_still(
    store: StateDirectory,
) -> None:
    Publication(store).replace(EARLIER, rendered(EARLIER))
    latest = study_of(0.9, 0.8, 0.7)
    Publication(store).tell(latest)
    assert Publication(store).replace(LATER, rendered(LATER))
    assert (told(store), drawn(store)) == (3, b"2 trials")


def test_the_run_that_holds_the_state_knows_what_is_newest(store: StateDirectory) -> None:
    """A damaged generation has given way to the one before it."""
    Publication(store).replace(LATER, rendered(LATER))
    newest = Publication(store, is_newest=True)
    assert newest.tell(EARLIER) and newest.replace(EARLIER, rendered(EARLIER))
    assert (told(store), drawn(store)) == (1, b"1 trials")


@pytest.mark.parametrize("there", [b"", b"null", b"[]", b'{"runs": 3}', b'{"runs": [], "totals": {}}', b"\xff"])
def test_what_is_no_report_of_ours_gives_way(store: StateDirectory, there: bytes) -> None:
    store.write_report({JSON: there, PAGE: b"<html>" + there})
    assert Publication(store).replace(EARLIER, rendered(EARLIER))
    assert (told(store), drawn(store)) == (1, b"1 trials")


def test_only_one_writes_at_a_time(store: StateDirectory) -> None:
    with store.hold_report(), pytest.raises(StateLockedError):
        Publication(store, patience_seconds=0).tell(LATER)
    assert store.report_file(JSON) is None
    assert Publication(store).tell(LATER)


def test_many_writers_disturb_each_other_in_nothing(store: StateDirectory) -> None:
    problems: list[Exception] = []

    def write(files: Mapping[str, bytes | None]) -> None:
        try:
            for _ in range(20):
                Publication(store, patience_seconds=60).replace(LATER, files)
        except Exception as error:  # noqa: BLE001  (whatever it is, the test tells it)
            problems.append(error)

    writers = [threading.Thread(target=write, args=(rendered(LATER),)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert problems == []
    assert not list(store.report_directory.rglob(".tmp-*"))


def test_a_plot_that_is_no_more_goes_and_what_the_user_has_put_there_stays(store: StateDirectory) -> None:
    plots = store.report_directory / "plots"
    store.write_report({"plots/error.svg": b"old"})
    (plots / "mine.svg").write_text("mine")
    (plots / "folder").mkdir()
    (plots / ".tmp-mine").write_text("mine")
    (plots / ".tmp-0123abcd-times.svg").write_text("half")
    Publication(store).replace(LATER, rendered(LATER))
    assert {path.name for path in plots.iterdir()} == {"times.svg", "mine.svg", "folder", ".tmp-mine"}


def test_a_folder_of_the_users_in_the_place_of_a_plot_that_is_no_more_stays(store: StateDirectory) -> None:
    folder = store.report_directory / "plots" / "error.svg"
    folder.mkdir(parents=True)
    Publication(store).replace(LATER, rendered(LATER))
    assert folder.is_dir()


def test_a_report_is_complete_once_its_page_is_of_the_same_state_too(store: StateDirectory) -> None:
    publication = Publication(store)
    publication.replace(EARLIER, rendered(EARLIER))
    publication.tell(LATER)
    assert not publication.is_complete(LATER)
    summary = known_summary(LATER, None)
    files = {**rendered(LATER), **render_files(summary, model_path=publication.model_path)}
    publication.replace(LATER, files)
    assert publication.is_complete(LATER)


def test_a_report_that_cannot_be_read_is_as_good_as_none(store: StateDirectory) -> None:
    (store.report_directory / JSON).mkdir(parents=True)
    assert store.report_file(JSON) is None


def test_what_matters_is_not_taken_from_an_earlier_release_which_told_what_is_chance_too() -> None:
    earlier: dict[str, object] = {"reason": "There is one.", "skill": None, "dimensions": [], "irrelevant": None}
    for importance, known in ((earlier, None), ({**earlier, "untold": ""}, {**earlier, "untold": ""})):
        before = {**summarize(LATER), "importance": importance}
        assert known_summary(LATER, json.dumps(before).encode())["importance"] == known
