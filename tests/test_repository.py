"""What stands beside the program for those who work on it: it is about the program as it is."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder

from job import __version__
from tests.fakes import ROOT_OF_SOURCES

CI = ROOT_OF_SOURCES / ".github" / "workflows" / "ci.yml"
TEMPLATES = ROOT_OF_SOURCES / ".github" / "ISSUE_TEMPLATE"
PROJECT = tomllib.loads((ROOT_OF_SOURCES / "pyproject.toml").read_text())
# A file or folder of the checkout, as CONTRIBUTING.md writes it within backticks or at the beginning of a command.
PATH = re.compile(r"(?:job|tests|scripts|docker)/[\w./-]*|\.ci/run|\w+\.(?:md|toml)")


def text_of(name: str) -> str:
    return (ROOT_OF_SOURCES / name).read_text()


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def checks() -> list[str]:
    """Return the checks that scripts/test runs before the tests."""
    *others, tests = re.findall(r"^check (.*)$", text_of("scripts/test"), re.MULTILINE)
    assert tests.startswith("pytest ")
    return others


def test_hooks_before_a_commit_are_the_checks_that_come_before_the_tests() -> None:
    (repository,) = read_yaml(ROOT_OF_SOURCES / ".pre-commit-config.yaml")["repos"]

    assert repository["repo"] == "local"
    assert [hook["entry"] for hook in repository["hooks"]] == [f".venv/bin/{check}" for check in checks()]
    assert all(hook["language"] == "system" and not hook["pass_filenames"] for hook in repository["hooks"])


def test_a_check_looks_at_a_commit_that_changes_code_or_its_settings_and_at_no_other() -> None:
    (repository,) = read_yaml(ROOT_OF_SOURCES / ".pre-commit-config.yaml")["repos"]
    changed = ("job/errors.py", "pyproject.toml", "README.md")
    for hook in repository["hooks"]:
        assert [name for name in changed if re.search(hook["files"], name)] == ["job/errors.py", "pyproject.toml"]


def test_the_public_checks_are_those_of_ci_on_each_python_that_is_supported() -> None:
    (job,) = read_yaml(CI)["jobs"].values()
    oldest, end = re.findall(r"3\.(\d+)", PROJECT["project"]["requires-python"])

    assert any(step.get("run", "").endswith(" .ci/run") for step in job["steps"])
    assert job["strategy"]["matrix"]["python"] == [f"3.{minor}" for minor in range(int(oldest), int(end))]
    assert job["timeout-minutes"] >= 45
    assert read_yaml(CI)["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.yml")), ids=lambda path: path.name)
def test_an_issue_template_is_a_form_or_their_settings(path: Path) -> None:
    template = read_yaml(path)
    if path.name == "config.yml":
        assert template.keys() == {"blank_issues_enabled"}
        return
    assert template.keys() == {"name", "description", "labels", "body"}
    ids = [field["id"] for field in template["body"]]
    assert len(set(ids)) == len(ids)
    assert all(field["attributes"]["label"] for field in template["body"])


def test_a_bug_report_asks_for_what_it_takes_to_look_into_it() -> None:
    fields = {field["id"]: field for field in read_yaml(TEMPLATES / "bug.yml")["body"]}
    required = {name for name, field in fields.items() if field.get("validations", {}).get("required")}

    assert required == {"happened", "version", "command", "exit-code", "log", "doctor"}
    assert "`hpo-job --version`" in fields["version"]["attributes"]["description"]
    assert "`hpo-job doctor --json`" in fields["doctor"]["attributes"]["description"]


def test_the_version_is_the_same_everywhere() -> None:
    assert PROJECT["project"]["version"] == __version__


def test_the_changelog_begins_with_what_is_not_released_or_with_this_version() -> None:
    headings = re.findall(r"^## \[(.*?)\](.*)$", text_of("CHANGELOG.md"), re.MULTILINE)
    (first, _), *_ = headings
    released = [(version, rest) for version, rest in headings if version != "Unreleased"]

    assert first in ("Unreleased", __version__)
    assert all(re.fullmatch(r" - \d{4}-\d\d-\d\d", rest) for _, rest in released)


def test_the_paths_that_contributors_are_sent_to_are_there() -> None:
    text = text_of("CONTRIBUTING.md")
    named = {name for code in re.findall(r"`([^`\n]+)`", text) for name in PATH.findall(code) if name == code}
    started = {name for line in re.findall(r"^    (\S+)", text, re.MULTILINE) for name in PATH.findall(line)}

    assert len(named) > 20 and len(started) > 2
    assert [name for name in sorted(named | started) if not (ROOT_OF_SOURCES / name).exists()] == []


def test_the_wheel_holds_the_program_and_nothing_else() -> None:
    files = [file.distribution_path for file in WheelBuilder(str(ROOT_OF_SOURCES)).recurse_included_files()]

    assert {Path(name).parts[0] for name in files} == {"job"}
    assert {"job/cli/app.py", "job/report/page/style.css", "job/problems/templates/table.py"} <= set(files)
