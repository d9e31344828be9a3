"""A search of a problem in a file: known by what the file says, and run anew only where a search begins."""

from dataclasses import replace
from pathlib import Path

import pytest

from job import problems
from job.core.problem import Declared, NamedSpace, Sources
from job.core.space import Categorical, Integer, Space
from job.core.study import Study
from job.errors import ExitCode, SettingsChangedError, SettingsError
from job.run.fingerprint import check_same
from job.run.in_force import Asked, asked_of, options_of
from job.settings import Settings
from job.state import study_json
from tests.fakes import START
from tests.problems.own import PROBLEM, write_problem

DECLARED = Declared(
    space=Space((Integer("width", 2, 32), Categorical("kind", (1, 1.5, "x")))),
    points=({"width": 8, "kind": 1.5}, {"width": 9, "kind": "x"}),
    epochs=3,
    batch_size=16,
    objective="val_loss:min",
)


class Declaring:
    """Declares the same of each problem, and knows of which."""

    def __init__(self, declared: Declared = DECLARED) -> None:
        self.declared, self.asked = declared, list[str]()

    def __call__(self, problem: str | Sources) -> Declared:
        if isinstance(problem, str):
            return problems.load(problems.module_name(problem)).declared
        self.asked.append(problem.name)
        return self.declared


def begin(file: Path, **settings: object) -> Study:
    """Return a study of the problem in `file` with one trial that has failed, as it is read from a state."""
    asked = asked_of(Settings(problem=str(file), **settings), None, Declaring())  # type: ignore[arg-type]
    study = Study(fingerprint=asked.fingerprint).open_run(now=START).propose(asked.fingerprint.default)
    return study_json.load(study_json.dump(study.fail(1, "diverged", now=START)))


def go_on(study: Study, **settings: object) -> Asked:
    """Return what is asked for where a search goes on, which runs no file."""
    declaring = Declaring()
    asked = asked_of(Settings(**settings), study, declaring)  # type: ignore[arg-type]
    check_same(study.fingerprint, asked.fingerprint)
    assert not declaring.asked
    return asked


def refusal(study: Study, **settings: object) -> SettingsChangedError:
    with pytest.raises(SettingsChangedError) as caught:
        go_on(study, **settings)
    assert caught.value.exit_code == ExitCode.CONFIG
    return caught.value


def test_a_search_begins_with_what_its_file_declares(tmp_path: Path) -> None:
    found = begin(write_problem(tmp_path)).fingerprint
    assert (found.problem, found.space, found.given) == ("churn.py", DECLARED.space, DECLARED.points)
    assert (found.epochs, found.batch_size, str(found.objective)) == (3, 16, "val_loss:min")
    assert found.own is not None and (found.own.declared, found.own.sources.texts["churn.py"]) == (DECLARED, PROBLEM)


def test_a_search_goes_on_with_its_file_where_nothing_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    study = begin(Path(write_problem(tmp_path / "here").relative_to(tmp_path)))
    monkeypatch.chdir("/")
    asked = go_on(study)
    assert asked.fingerprint == study.fingerprint
    assert options_of(asked)[:2] == ("--problem", f"{tmp_path}/here/churn.py")


def test_a_file_that_says_the_same_elsewhere_is_the_same_search_and_known_there_from_then_on(tmp_path: Path) -> None:
    study = begin(write_problem(tmp_path / "here"))
    moved = write_problem(tmp_path / "there", name="task.py", text=f"# moved\n{PROBLEM}")
    own = go_on(study, problem=str(moved)).fingerprint.own
    assert own is not None and own.sources.file == str(moved)


def test_a_search_whose_file_is_gone_goes_on_with_what_it_said(tmp_path: Path) -> None:
    file = write_problem(tmp_path)
    study = begin(file)
    file.unlink()
    (tmp_path / "shapes.py").unlink()
    own = go_on(study).fingerprint.own
    assert own is not None and own.sources.texts["churn.py"] == PROBLEM


@pytest.mark.parametrize("given", [True, False])
def test_a_file_that_says_something_else_is_refused_with_the_difference(given: bool, tmp_path: Path) -> None:
    file = write_problem(tmp_path)
    study = begin(file)
    file.write_text(PROBLEM.replace("EPOCHS = 3", "EPOCHS = 4"))
    error = refusal(study, **({"problem": str(file)} if given else {}))
    assert "\n  -EPOCHS = 3\n  +EPOCHS = 4\n" in str(error)
    assert error.hint.startswith("undo them to go on") and "--state" in error.hint


def test_a_search_begins_again_with_the_file_as_it_is_now_where_that_is_allowed(tmp_path: Path) -> None:
    file = write_problem(tmp_path)
    study = begin(file, seed=3)
    file.write_text(PROBLEM.replace("EPOCHS = 3", "EPOCHS = 4"))
    declaring = Declaring(replace(DECLARED, epochs=4, objective="val_accuracy:max"))
    found = asked_of(Settings(begin_again=True), study, declaring).fingerprint
    assert (found.epochs, found.seed, str(found.objective)) == (4, 3, "val_accuracy:max")
    file.write_text(PROBLEM)
    assert asked_of(Settings(begin_again=True), study, declaring).fingerprint == study.fingerprint


def test_a_search_in_a_space_by_its_name_goes_on_in_it(tmp_path: Path) -> None:
    wide = NamedSpace(space=Space((*DECLARED.space.dimensions, Integer("depth", 1, 3))))
    declared = replace(DECLARED, spaces={"wide": replace(wide, points=({"width": 4, "kind": "x", "depth": 2},))})
    settings = Settings(problem=str(write_problem(tmp_path)), space="wide")
    study = Study(fingerprint=asked_of(settings, None, Declaring(declared)).fingerprint).open_run(now=START)
    study = study_json.load(study_json.dump(study.propose(study.fingerprint.default).fail(1, "diverged", now=START)))
    assert study.fingerprint.own is not None and study.fingerprint.own.declared == declared
    asked = go_on(study)
    assert asked.fingerprint.given == declared.spaces["wide"].points
    assert options_of(asked)[2:4] == ("--space", "wide")
    assert go_on(study, space="wide").fingerprint.space == wide.space


def test_options_are_given_their_due_beside_what_the_state_knows_of_a_file(tmp_path: Path) -> None:
    study = begin(write_problem(tmp_path), bounds=["width=4:8"])
    assert go_on(study, bounds=["width=4:8"]).fingerprint.space == study.fingerprint.space
    error = refusal(study, bounds=["width=4:9"])
    assert "--bounds: width: 4 … 8 in the state, 4 … 9 now" in str(error)


def test_a_batch_size_is_not_given_where_it_is_searched(tmp_path: Path) -> None:
    space = Space((Integer("batch_size", 2, 32),))
    settings = Settings(problem=str(write_problem(tmp_path)), batch_size=8)
    with pytest.raises(SettingsError, match="--batch-size: expected none, since batch_size is a dimension") as caught:
        asked_of(settings, None, Declaring(replace(DECLARED, space=space, points=())))
    assert caught.value.hint == "narrow the dimension with --bounds batch_size=LOW:HIGH"


def test_a_search_that_nothing_has_come_of_gives_way_to_the_file_as_it_is_now(tmp_path: Path) -> None:
    file = write_problem(tmp_path)
    study = Study(fingerprint=begin(file).fingerprint)
    file.write_text(PROBLEM.replace("EPOCHS = 3", "EPOCHS = 4"))
    declaring = Declaring(replace(DECLARED, epochs=4))
    assert asked_of(Settings(), study, declaring).fingerprint.epochs == 4
    assert declaring.asked == ["churn.py"]


def test_a_built_in_problem_is_another_one_than_a_file_and_the_other_way_round(tmp_path: Path) -> None:
    file = write_problem(tmp_path, name="digits.py")
    study = begin(file)
    told = str(refusal(study, problem="digits")).splitlines()
    assert told[1:] == ["  --problem: digits.py in the state, digits now"]
    asked = asked_of(Settings(problem="digits"), None, Declaring())
    built_in = Study(fingerprint=asked.fingerprint).propose(asked.fingerprint.default).fail(1, "diverged", now=START)
    told = str(refusal(built_in, problem=str(file))).splitlines()
    assert told[1:] == ["  --problem: digits in the state, digits.py now"]


def test_how_data_are_read_is_as_the_state_has_it_and_refused_where_it_differs(tmp_path: Path) -> None:
    file, declaring = write_problem(tmp_path), Declaring(replace(DECLARED, options=("image_size", "strict")))
    fingerprint = asked_of(Settings(problem=str(file), image_size=32, strict=True), None, declaring).fingerprint
    study = Study(fingerprint=fingerprint).propose(fingerprint.default).fail(1, "diverged", now=START)
    study = study_json.load(study_json.dump(study))
    assert go_on(study).fingerprint.image_size == 32
    assert "  --image-size: 32 in the state, 64 now" in str(refusal(study, image_size=64))


@pytest.mark.parametrize(
    ("given", "takers"),
    [({"image_size": 32}, "images"), ({"label_column": "churned"}, "table"), ({"strict": True}, "images or table")],
)
def test_an_option_of_how_data_are_read_is_refused_by_a_problem_that_does_not_take_it(
    given: dict[str, object], takers: str
) -> None:
    with pytest.raises(SettingsError, match=f"expected with --problem {takers} only, found it with digits"):
        asked_of(Settings(problem="digits", **given), None, Declaring())  # type: ignore[arg-type]


def test_data_are_taken_from_where_the_last_run_had_them_as_long_as_they_are_there(tmp_path: Path) -> None:
    file, data = write_problem(tmp_path), tmp_path / "data.csv"
    data.write_text("")
    asked = asked_of(Settings(problem=str(file), data=data), None, Declaring())
    study = Study(fingerprint=asked.fingerprint).open_run(now=START, options=options_of(asked))
    again = go_on(study)
    assert again.settings.data == data and str(data) in options_of(again)
    assert go_on(study, data=tmp_path).settings.data == tmp_path
    data.unlink()
    assert go_on(study).settings.data is None
    assert asked_of(Settings(problem="digits"), study, Declaring()).settings.data is None
