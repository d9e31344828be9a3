"""The Dockerfile and the files beside it say what is promised of the image."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from job.settings import Settings, option_names
from job.settings.option import PREFIX
from tests.fakes import ROOT_OF_SOURCES

DOCKER = ROOT_OF_SOURCES / "docker"
DOCKERFILE = DOCKER / "Dockerfile"
FLAVOURS = ("cpu", "gpu")


@dataclass(frozen=True)
class Instruction:
    """An instruction of the Dockerfile, in the stage of that number."""

    stage: int
    name: str
    text: str


def _instructions() -> list[Instruction]:
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    instructions: list[Instruction] = []
    stage = 0
    for line in filter(None, whole.splitlines()):
        name, _, text = line.partition(" ")
        stage += name == "FROM"
        instructions.append(Instruction(stage, name, text))
    return instructions


def _last_stage(name: str) -> list[str]:
    instructions = _instructions()
    return [found.text for found in instructions if found.stage == instructions[-1].stage and found.name == name]


def _pins(path: Path) -> dict[str, str]:
    """Return the version of each package in a list of requirements."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), flags=re.MULTILINE))


def test_the_linter_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "--no-color", DOCKERFILE], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_entry_point_and_its_arguments_need_no_shell() -> None:
    (entry_point,), (arguments,) = _last_stage("ENTRYPOINT"), _last_stage("CMD")
    assert json.loads(entry_point) == ["/opt/hpo-job/bin/dumb-init", "--", "/opt/hpo-job/bin/hpo-job"]
    assert json.loads(arguments) == ["--help"]


def test_the_user_is_a_number_that_kubernetes_can_tell_from_root() -> None:
    assert _last_stage("USER") == ["10001:10001"]


def test_nothing_is_installed_in_the_image_itself() -> None:
    (command,) = _last_stage("RUN")
    assert re.fullmatch(r"install --directory --owner=10001 --group=10001 /state", command)


def test_no_volume_is_made_behind_the_users_back() -> None:
    assert _last_stage("VOLUME") == []


def test_each_cache_is_in_the_one_place_that_can_be_written_to_beside_the_state() -> None:
    (environment,) = _last_stage("ENV")
    places = dict(re.findall(r"(HOME|\w+_HOME|\w+_PATH|MPLCONFIGDIR)=(\S+)", environment))
    assert set(places) == {"HOME", "KERAS_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR", "CUDA_CACHE_PATH"}
    assert all(place == "/tmp" or place.startswith("/tmp/") for place in places.values())


def test_each_option_in_the_environment_of_the_image_and_of_compose_exists() -> None:
    names = set(re.findall(rf"\b{PREFIX}(\w+)", "".join(path.read_text() for path in (DOCKERFILE, *_compose_files()))))
    no_options = {"DATASETS", "IMAGE"}
    assert names >= {"STATE", "DOWNLOAD", "REQUIRE_GPU"}
    assert {name.lower() for name in names - no_options} <= set(option_names())


def _compose_files() -> tuple[Path, ...]:
    return DOCKER / "compose.yaml", DOCKER / "compose.gpu.yaml"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_image_has_the_versions_that_are_tested_without_it(flavour: str) -> None:
    tested = _pins(ROOT_OF_SOURCES / "scripts" / "requirements.txt")
    image = _pins(DOCKER / f"requirements-{flavour}.txt")
    build_only = _pins(DOCKER / "requirements-build.txt").keys()
    assert {name: image.get(name) for name in tested if name not in build_only} == {
        name: version for name, version in tested.items() if name not in build_only
    }


def test_the_flavours_differ_in_cuda_alone() -> None:
    cpu, gpu = (_pins(DOCKER / f"requirements-{flavour}.txt") for flavour in FLAVOURS)
    assert cpu.pop("tensorflow-cpu") == gpu["tensorflow"]
    assert {name: version for name, version in gpu.items() if not name.startswith("nvidia-")} == cpu
    assert "nvidia-cudnn-cu12" in gpu


@pytest.mark.parametrize("path", sorted(DOCKER.glob("requirements-*.txt")), ids=lambda path: path.stem)
def test_each_package_is_given_by_its_digest(path: Path) -> None:
    for entry in re.split(r"\n(?! )", path.read_text().strip()):
        assert re.fullmatch(r"[\w.-]+==\S+( ; [^\\]+)? \\(\s+--hash=sha256:[0-9a-f]{64}( \\)?)+", entry), entry[:80]


def test_the_build_gets_what_it_copies_and_nothing_else() -> None:
    kept = {line.removeprefix("!") for line in _ignored() if line.startswith("!")}
    copied = {
        "docker/requirements-*.txt" if source.startswith("docker/requirements-") else source
        for instruction in _instructions()
        if instruction.name == "COPY" and not instruction.text.startswith("--from=")
        for source in instruction.text.split()[:-1]
    }
    assert "*" in _ignored()
    assert kept == copied


def _ignored() -> list[str]:
    return (DOCKER / "Dockerfile.dockerignore").read_text().split()


@pytest.mark.parametrize("service", ["search", "tensorboard"])
def test_a_service_may_do_nothing_that_it_does_not_need(service: str) -> None:
    found = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"][service]
    assert found["read_only"]
    assert found["tmpfs"] == ["/tmp"]
    assert found["cap_drop"] == ["ALL"]
    assert found["security_opt"] == ["no-new-privileges:true"]


def test_compose_waits_longer_for_the_search_than_it_needs_to_save() -> None:
    search = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]["search"]
    assert int(search["stop_grace_period"].removesuffix("s")) > 2 * Settings().grace_seconds


def test_tensorboard_cannot_change_the_state_nor_be_reached_from_elsewhere() -> None:
    tensorboard = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]["tensorboard"]
    assert tensorboard["volumes"] == ["state:/state:ro"]
    assert [port.split(":")[0] for port in tensorboard["ports"]] == ["127.0.0.1"]


def test_only_the_override_of_compose_asks_for_a_gpu() -> None:
    without, with_gpu = (yaml.safe_load(path.read_text())["services"] for path in _compose_files())
    assert "deploy" not in without["search"]
    assert with_gpu["search"]["deploy"]["resources"]["reservations"]["devices"][0]["capabilities"] == ["gpu"]
    assert {service["image"] for service in without.values()} == {"hpo-job:cpu"}
    assert {service["image"] for service in with_gpu.values()} == {"hpo-job:gpu"}
