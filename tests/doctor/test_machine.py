"""The machine as this process sees it."""

import tempfile
from pathlib import Path

import pytest

from job import cgroup
from job.doctor.check import Check, Verdict
from job.doctor.machine import check_machine, check_memory, check_workers
from job.training.devices import Device
from tests.fakes import needs_root, tmpfs


def examined() -> dict[str, Check]:
    return {check.name: check for check in check_machine()}


def test_the_versions_of_what_computes_are_told() -> None:
    found = examined()["versions"].found

    for name in ("hpo-job", "Python", "TensorFlow 2.", "Keras 3.", "scikit-optimize 0.10.2", "NumPy 2."):
        assert name in found


def test_the_memory_and_the_cpus_are_told_as_numbers() -> None:
    checks = examined()
    total, available = (checks["memory"].values[name] for name in ("total_bytes", "available_bytes"))

    assert isinstance(total, int) and isinstance(available, int)
    assert 0 < available < total
    assert checks["CPU"].values["usable"] != 0


def test_the_threads_that_a_search_would_begin_with_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    check = examined()["CPU"]

    assert check.found.endswith("; a search that begins here takes 3 threads")
    assert check.values["threads"] == 3


def test_how_many_trials_would_train_at_a_time_is_told() -> None:
    gpus = [Device(kind="GPU", name="NVIDIA T4", memory_bytes=16 * 2**30)] * 2
    on_gpus, alone = check_workers(gpus), check_workers([])

    assert on_gpus.found == "a search with --workers auto trains 2 trials at a time, on 2 GPUs"
    assert (on_gpus.values["auto"], alone.values["gpus"]) == (2, 0)
    assert alone.found.startswith("a search with --workers auto trains ")


@needs_root
def test_a_full_directory_for_temporary_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with tmpfs(tmp_path):
        check = examined()["temporary files"]

    assert check.verdict is Verdict.WARNING
    assert "TMPDIR" in check.hint


def test_a_directory_for_temporary_files_that_is_nowhere_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr(tempfile, "gettempdir", find_none)
    check = examined()["temporary files"]

    assert check.verdict is Verdict.FAILURE
    assert "--tmpfs /tmp" in check.hint


def test_what_cannot_be_read_is_unknown_and_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_text

    def refuse(self: Path, encoding: str | None = None) -> str:
        if self == Path("/proc/meminfo"):
            raise PermissionError(13, "Permission denied", str(self))
        return read(self, encoding=encoding)

    monkeypatch.setattr(Path, "read_text", refuse)
    checks = examined()

    assert checks["memory"].verdict is Verdict.UNKNOWN
    assert "Permission denied" in checks["memory"].found
    assert checks["temporary files"].verdict is Verdict.OK


def test_a_limit_that_is_lower_than_the_machines_memory_is_what_counts(tmp_path: Path) -> None:
    (tmp_path / "membership").write_text("0::/\n")
    (tmp_path / "memory.max").write_text("1000000000\n")
    (tmp_path / "memory.current").write_text("300000000\n")
    limit = cgroup.memory_limit(tmp_path, tmp_path / "membership")

    check = check_memory("memory", limit)

    assert check.verdict is Verdict.WARNING
    assert check.found == "limited to 1.0 GB, 300.0 MB of it in use"
    assert "resources.limits.memory" in check.hint
