"""The image: the same from every build of a commit, and with in it what is promised."""

import json
import os
import re
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.docker.engine import build, needs_engine, run
from tests.fakes import ROOT_OF_SOURCES

pytestmark = [pytest.mark.slow, needs_engine, pytest.mark.timeout(1800)]

PYTHON = "/opt/hpo-job/bin/python"
SBOM = "/opt/hpo-job/share/sbom"
DISTRIBUTIONS = (
    "from importlib import metadata as m; print(*(f'{d.name} {d.version}' for d in m.distributions()), sep='\\n')"
)
MNIST = """
from job.data import DataSource
from job.data.mnist import MNIST, load
print(len(load(MNIST, DataSource(download=False), print).train))
"""


@dataclass
class Builder:
    """Builds images of copies of this commit, under names that nobody else uses."""

    directory: Path
    names: list[str] = field(default_factory=list)

    def clone(self, name: str, *, umask: int = 0o022) -> Path:
        """Return a fresh clone of the commit, with the modes that `umask` leaves."""
        clone = self.directory / name
        command: list[str | Path] = ["git", "clone", "--quiet", "--no-local", ROOT_OF_SOURCES, clone]
        subprocess.run(command, check=True, umask=umask)
        return clone

    def build(self, sources: Path, *options: str) -> dict[str, Any]:
        """Return what the engine knows of the image that is built from `sources`."""
        self.names.append(f"hpo-job-test-{uuid.uuid4().hex}")
        image = build("cpu", *options, name=self.names[-1], sources=sources)
        return inspect(image)


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[Builder]:
    builder = Builder(tmp_path)
    yield builder
    for name in builder.names:
        run("rmi", "--force", f"{name}:cpu")


def inspect(image: str) -> dict[str, Any]:
    done = run("image", "inspect", image)
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def output(image: str, *command: str) -> str:
    """Return what a command prints in the image, where it may write nowhere and reach nobody."""
    program, *arguments = command
    options = ["--rm", "--read-only", "--network", "none", "--entrypoint", program]
    done = run("run", *options, image, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_build_of_a_commit_is_the_same_image(builder: Builder) -> None:
    first = builder.build(builder.clone("here"))
    second = builder.build(builder.clone("there", umask=0o077), "--no-cache")
    assert second["RootFS"] == first["RootFS"]
    assert second["Id"] == first["Id"]


def test_a_change_of_the_sources_changes_the_last_layer_alone(builder: Builder) -> None:
    sources = builder.clone("sources")
    before = builder.build(sources)
    with (sources / "job" / "__init__.py").open("a") as module:
        module.write("CHANGED = True\n")
    after = builder.build(sources)
    assert after["RootFS"]["Layers"][:-1] == before["RootFS"]["Layers"][:-1]
    assert after["RootFS"]["Layers"] != before["RootFS"]["Layers"]
    assert after["Config"]["Labels"]["org.opencontainers.image.revision"].endswith("-dirty")


def test_a_commit_that_changes_nothing_in_the_image_is_named_too(builder: Builder) -> None:
    sources = builder.clone("sources")
    before = builder.build(sources)
    author = ("-c", "user.name=tests", "-c", "user.email=tests@example.org")
    _git(sources, *author, "commit", "--quiet", "--allow-empty", "--message=nothing")
    after = builder.build(sources)
    assert after["RootFS"] == before["RootFS"]
    assert after["Config"]["Labels"]["org.opencontainers.image.revision"] == _git(sources, "rev-parse", "HEAD").strip()


def test_the_labels_name_the_commit_and_its_time(builder: Builder) -> None:
    sources = builder.clone("sources")
    commit, time = _git(sources, "log", "-1", "--format=%H %cI").split()
    found = builder.build(sources)
    labels = {name.removeprefix("org.opencontainers.image."): text for name, text in found["Config"]["Labels"].items()}
    assert labels["revision"] == commit
    assert labels["created"].endswith("Z") and _seconds(labels["created"]) == _seconds(time)
    assert labels["version"] == output(builder.names[-1] + ":cpu", "hpo-job", "--version").split()[-1]
    assert labels["licenses"] == "MIT"
    assert labels["title"] == "hpo-job"
    assert labels["base.name"] == os.environ.get("BASE_IMAGE", "python:3.13-slim-trixie")


def test_the_data_can_be_left_out(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATASETS", raising=False)
    builder.build(builder.clone("sources"), "--build-arg", "DATA=none")
    assert output(builder.names[-1] + ":cpu", "find", "/opt/hpo-job/datasets", "-type", "f") == ""


def test_mnist_is_there_without_a_network_and_for_any_user(image: str) -> None:
    options = ["--rm", "--read-only", "--network", "none", "--user", "1234:5678", "--entrypoint", PYTHON]
    done = run("run", *options, image, "-c", MNIST)
    assert (done.returncode, done.stdout) == (0, "55000\n"), done.stderr


def test_a_new_named_volume_belongs_to_the_user_of_the_image(image: str) -> None:
    volume = f"hpo-job-test-{uuid.uuid4().hex}"
    try:
        done = run(
            "run", "--rm", "--volume", f"{volume}:/state", "--entrypoint", "stat", image, "-c", "%u:%g", "/state"
        )
        assert done.stdout == "10001:10001\n", done.stderr
    finally:
        run("volume", "rm", "--force", volume)


def test_the_bill_of_materials_lists_what_is_installed(image: str) -> None:
    listed = _components(json.loads(output(image, "cat", f"{SBOM}/python.cdx.json")))
    installed = dict(line.split() for line in output(image, PYTHON, "-c", DISTRIBUTIONS).splitlines())
    assert _normal(listed | {"hpo-job": installed["hpo-job"]}) == _normal(installed)


def test_the_bill_of_materials_lists_the_packages_of_the_base_image(image: str) -> None:
    listed = _components(json.loads(output(image, "cat", f"{SBOM}/debian.cdx.json")), binary=True)
    installed = output(image, "dpkg-query", "--show", "--showformat=${Package} ${Version}\\n")
    assert listed == dict(line.split() for line in installed.splitlines())


def test_what_only_the_build_needs_is_not_in_the_image(image: str) -> None:
    installed = output(image, PYTHON, "-c", DISTRIBUTIONS)
    assert not re.search(r"^(pip|hatchling|cyclonedx-bom|debsbom) ", installed, flags=re.MULTILINE)
    assert output(image, "sh", "-c", "echo /pip* /source* /wheel* /sbom* /var/cache/pip*").split() == [
        *("/pip*", "/source*", "/wheel*", "/sbom*", "/var/cache/pip*")
    ]


def test_each_module_of_the_project_is_compiled(image: str) -> None:
    folder = output(image, PYTHON, "-c", "import job; print(*job.__path__)").strip()
    files = output(image, "find", folder, "-name", "*.py*").split()
    compiled = {path for path in files if path.endswith(".pyc")}
    sources = set(files) - compiled
    assert sources and len(compiled) == len(sources)


def _components(sbom: dict[str, Any], *, binary: bool = False) -> dict[str, str]:
    """Return the version of each component, with `binary` without the source packages of Debian."""
    return {
        component["name"]: component["version"]
        for component in sbom["components"]
        if not (binary and "arch=source" in component["purl"])
    }


def _normal(versions: dict[str, str]) -> dict[str, str]:
    """Return the versions by the names that package indexes take for the same."""
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in versions.items()}


def _git(sources: Path, *args: str) -> str:
    return subprocess.run(["git", *args], cwd=sources, check=True, capture_output=True, text=True).stdout


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
