"""The container engine on this machine, and the image that it runs in the tests."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fakes import ROOT_OF_SOURCES

BUILD_SECONDS = 1800.0  # the first build downloads every package


def _engine() -> str:
    if named := os.environ.get("DOCKER"):
        return named
    return next((name for name in ("docker", "podman") if shutil.which(name)), "docker")


ENGINE = _engine()

no_engine = shutil.which(ENGINE) is None and "HPO_JOB_TEST_STRICT" not in os.environ
needs_engine = pytest.mark.skipif(no_engine, reason="there is no container engine")


def run(*args: str, timeout: float = 300.0) -> subprocess.CompletedProcess[str]:
    """Return what `docker ARGS` ended with, whatever its exit code."""
    return subprocess.run([ENGINE, *args], capture_output=True, text=True, timeout=timeout)


def build(flavour: str, *options: str, name: str = "hpo-job", sources: Path = ROOT_OF_SOURCES) -> str:
    """Return the name and tag of the image that scripts/image has built from `sources`."""
    done = subprocess.run(
        [sources / "scripts" / "image", flavour, *options],
        env={**os.environ, "DOCKER": ENGINE, "IMAGE": name},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_SECONDS,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return f"{name}:{flavour}"
