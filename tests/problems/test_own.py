"""A problem of the user's own: which files it is, what they are run from, and what is told of errors in them."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from job import problems
from job.core.problem import Sources, difference
from job.data import DataSource
from job.errors import ExitCode, SettingsError
from job.problems import sources_of
from tests.problems.own import PROBLEM, SHAPES, write_problem

LIGHT = """
from job import Real

SPACE = [Real("rate", 0.1, 1.0)]
EPOCHS = 2


def load_data(folder):
    raise ValueError(f"nothing in {folder}")


def build_model(params):
    raise AssertionError("there is nothing to train")
"""


@pytest.fixture(autouse=True)
def imports() -> Iterator[None]:
    """Leave what Python imports, and from where, as it was."""
    paths, finders, modules = [*sys.path], [*sys.meta_path], {*sys.modules}
    yield
    sys.path[:], sys.meta_path[:] = paths, finders
    for name in {*sys.modules} - modules:
        del sys.modules[name]


def sources(file: Path | str) -> Sources:
    found = sources_of(str(file))
    assert found is not None
    return found


def refusal(problem: Path | str) -> str:
    with pytest.raises(SettingsError) as caught:
        problems.load(sources(problem)).load_data(DataSource(), lambda _: None, seed=0)
    assert caught.value.exit_code == ExitCode.USAGE
    return str(caught.value)


def test_a_file_is_a_problem_with_what_it_imports_from_beside_it(tmp_path: Path) -> None:
    file = write_problem(tmp_path)
    (tmp_path / "unrelated.py").write_text("1 / 0")
    found = sources(file)
    assert dict(found.texts) == {"churn.py": PROBLEM, "shapes.py": SHAPES}
    assert (found.name, found.file) == ("churn.py", str(file))


def test_a_path_is_kept_without_detours_and_as_the_link_that_a_mounted_file_is(tmp_path: Path) -> None:
    write_problem(tmp_path / "data", name="churn.py")
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    for name in ("churn.py", "shapes.py"):
        (mounted / name).symlink_to(tmp_path / "data" / name)
    found = sources(mounted / ".." / "mounted" / "churn.py")
    assert (found.file, list(found.texts)) == (str(mounted / "churn.py"), ["churn.py", "shapes.py"])


def test_imports_are_followed_wherever_they_stand_and_into_packages(tmp_path: Path) -> None:
    (tmp_path / "nets" / "deep").mkdir(parents=True)
    (tmp_path / "churn.py").write_text("def build_model():\n    from nets.deep import wide\n    import nets.flat\n")
    (tmp_path / "nets" / "__init__.py").write_text("")
    (tmp_path / "nets" / "deep" / "__init__.py").write_text("from ..flat import x\nimport churn")
    (tmp_path / "nets" / "deep" / "wide.py").write_text("from . import narrow")
    (tmp_path / "nets" / "deep" / "narrow.py").write_text("import keras")
    (tmp_path / "nets" / "flat.py").write_text("x = 1")
    (tmp_path / "nets" / "other.py").write_text("x = 2")
    assert list(sources(tmp_path / "churn.py").texts) == [
        "churn.py",
        "nets/__init__.py",
        "nets/deep/__init__.py",
        "nets/deep/narrow.py",
        "nets/deep/wide.py",
        "nets/flat.py",
    ]


@pytest.mark.parametrize("by_name", [True, False])
def test_a_module_of_a_package_is_found_by_its_name_or_its_path(
    by_name: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine" / "tasks").mkdir(parents=True)
    (tmp_path / "mine" / "__init__.py").write_text("")
    (tmp_path / "mine" / "tasks" / "__init__.py").write_text("")
    (tmp_path / "mine" / "space.py").write_text('from job import Real\nSPACE = [Real("rate", 0.1, 1.0)]')
    (tmp_path / "mine" / "tasks" / "churn.py").write_text(
        "from ..space import SPACE\nEPOCHS = 7\ndef load_data(): ...\ndef build_model(): ...\n"
    )
    monkeypatch.chdir(tmp_path)
    found = sources("mine.tasks.churn" if by_name else "mine/tasks/churn.py")
    assert (found.folder, found.main) == (str(tmp_path), "mine/tasks/churn.py")
    assert "mine" not in sys.modules
    assert problems.load(found).declared.epochs == 7


def test_what_is_installed_beside_a_module_is_no_part_of_it(tmp_path: Path) -> None:
    found = sources("skopt.space.space")
    assert {path.split("/")[0] for path in found.texts} == {"skopt"}


def test_a_problem_is_run_from_what_its_files_said_whatever_has_become_of_them(tmp_path: Path) -> None:
    file = tmp_path / "my churn.py"
    file.write_text(f"import beside\n{LIGHT}\nOBJECTIVE = beside.OBJECTIVE\nPLACE = __file__")
    (tmp_path / "beside.py").write_text('OBJECTIVE = "val_mae:min"')
    found = sources(file)
    file.write_text("1 / 0")
    (tmp_path / "beside.py").unlink()
    loaded = problems.load(found)
    assert (loaded.declared.objective, loaded.module.PLACE) == ("val_mae:min", str(file))
    assert problems.load(found).module is loaded.module
    assert "line 1" in refusal(file)  # another one with the same name is run anew


def test_a_folder_without_a_file_of_its_own_is_a_package(tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "wide.py").write_text("EPOCHS = 5")
    (tmp_path / "task.py").write_text(f"{LIGHT}\nfrom nets.wide import EPOCHS")
    found = sources(tmp_path / "task.py")
    (tmp_path / "nets").rename(tmp_path / "gone")
    assert problems.load(found).declared.epochs == 5


def test_what_a_file_imports_may_import_it_and_finds_it_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "task.py").write_text(f"import beside\n{LIGHT}")
    (tmp_path / "beside.py").write_text("import task")
    module = problems.load(sources(tmp_path / "task.py")).module
    assert module.beside.task is module


def test_comments_docstrings_layout_name_and_place_change_nothing(tmp_path: Path) -> None:
    one = sources(write_problem(tmp_path / "here"))
    text = '"""Another one."""\n# with a comment\n' + PROBLEM.partition("\n")[2].replace("EPOCHS = 3", "EPOCHS = (3)")
    assert sources(write_problem(tmp_path / "there", name="task.py", text=text)) == one


@pytest.mark.parametrize(
    ("text", "shapes"),
    [(PROBLEM.replace("EPOCHS = 3", "EPOCHS = 4"), SHAPES), (PROBLEM, SHAPES.replace("relu", "tanh"))],
)
def test_what_is_said_in_the_file_or_beside_it_is_a_change(text: str, shapes: str, tmp_path: Path) -> None:
    one = sources(write_problem(tmp_path / "here"))
    other = sources(write_problem(tmp_path / "there", text=text, shapes=shapes))
    assert one != other
    removed, added = (
        [line for line in difference(one, other) if line[0] == sign and line[:3] != 3 * sign] for sign in "-+"
    )
    assert (len(removed), len(added)) == (1, 1)


def test_a_long_difference_is_cut_short(tmp_path: Path) -> None:
    one, other = (sources(write_problem(tmp_path, text="x = 1\n" * n)) for n in (1, 200))
    lines = list(difference(one, other))
    assert len(lines) == 41 and lines[-1] == "… and 163 more lines"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1 / 0", "line 1, in <module>\n    x = 1 / 0\n         ~~^~~\nZeroDivisionError: division by zero"),
        ("import nothing_there", "ModuleNotFoundError: No module named 'nothing_there'"),
        ("import sys\nsys.exit('no licence')", "ends the program: SystemExit: no licence"),
        ("from job import Real\nReal('rate', 2, 1)", "churn.py, line 2: rate: expected a lower bound below the upper"),
        (LIGHT, "ValueError: nothing in None"),
        (
            "try:\n    {}['a']\nexcept KeyError as error:\n    raise ValueError('no a') from error",
            "KeyError: 'a'\n\nThe above exception was the direct cause of the following exception:\n\nTraceback",
        ),
    ],
    ids=["raises", "imports", "exits", "bounds", "data", "chained"],
)
def test_what_a_file_raises_is_told_with_its_own_traceback_alone(text: str, said: str, tmp_path: Path) -> None:
    file = write_problem(tmp_path, text=text)
    with pytest.raises(SettingsError) as caught:
        problems.load_data(sources(file), DataSource(), lambda _: None, seed=0)
    told = str(caught.value)
    assert said in told
    assert "/job/" not in told and "importlib" not in told


def test_a_syntax_error_is_told_with_its_line_before_anything_is_run(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        sources_of(str(write_problem(tmp_path, text="x = 1\ndef f(:")))
    assert f'File "{tmp_path}/churn.py", line 2\n    def f(:\n          ^\nSyntaxError: invalid' in str(caught.value)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "dangling.py").symlink_to(tmp_path / "gone.py")
    (tmp_path / "bytes.py").write_bytes(b"x = '\xff'")
    for name, said in {
        "nope.py": f"--problem: expected a file of Python in {tmp_path}/nope.py, found: No such file",
        "": f"--problem: expected a file of Python in {tmp_path}, found: Is a directory",
        "dangling.py": "dangling.py is a link to",
        "bytes.py": "expected Python in UTF-8, or in the encoding that it names",
    }.items():
        with pytest.raises(SettingsError) as caught:
            sources_of(f"{tmp_path}/{name}")
        assert said in str(caught.value)


@pytest.mark.parametrize(
    ("problem", "hint"), [("digist", "did you mean 'digits'?"), ("no.such.module", "name a file by its path")]
)
def test_a_name_that_is_none_is_told_with_those_that_are(problem: str, hint: str) -> None:
    with pytest.raises(
        SettingsError, match="expected one of mnist, digits, fashion-mnist, images, table, a file such as"
    ) as caught:
        sources_of(problem)
    assert hint in caught.value.hint


def test_built_in_problems_are_no_sources() -> None:
    assert sources_of("mnist") is None
