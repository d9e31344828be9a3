"""How many workers a run has, and what is said of it."""

from typing import Any

import pytest

from job.errors import SettingsError
from job.executors.room import Machine
from job.run.workers import begun_with, check_sharing, most_on_cluster, workers_at_work
from job.settings import Settings

GIB = 2**30
CPU = Machine(cores=4, memory_bytes=16 * GIB)
PLANNED = "at work, as many as the search plans at a time"
GPUS = Machine(cores=16, gpus=(80 * GIB, 80 * GIB))


def at_work(machine: Machine, **given: Any) -> tuple[int, str]:
    return workers_at_work(Settings(**given), lambda: machine)


@pytest.mark.parametrize(
    ("machine", "given", "workers", "told"),
    [
        (CPU, {"workers": 3, "lookahead": 6}, 3, ""),
        (CPU, {"workers": 99, "lookahead": 99}, 99, ""),
        (CPU, {"workers": None, "lookahead": 8, "threads": 1}, 4, "4 workers"),
        (CPU, {"workers": None, "lookahead": 8, "threads": 2}, 2, "2 workers"),
        (CPU, {"workers": 8, "lookahead": 2}, 2, f"--workers 8: 2 {PLANNED}"),
        (CPU, {"workers": None, "lookahead": 1, "threads": 1}, 1, f"--workers auto, 4 here: 1 {PLANNED}"),
        (GPUS, {"workers": None, "lookahead": 8, "threads": 16}, 2, "2 workers"),
        (GPUS, {"workers": 4, "lookahead": 8}, 2, "--workers 4: 2 at work, on 2 GPUs"),
        (GPUS, {"workers": 4, "lookahead": 8, "trials_per_gpu": 2}, 4, ""),
    ],
)
def test_as_many_work_as_are_asked_for_planned_and_have_a_gpu(
    machine: Machine, given: dict[str, Any], workers: int, told: str
) -> None:
    assert at_work(machine, **given) == (workers, told)


def test_for_one_worker_the_machine_is_not_asked() -> None:
    def ask() -> Machine:
        raise AssertionError("it is not needed")

    assert workers_at_work(Settings(lookahead=8), ask) == (1, "")
    check_sharing(Settings(), ask, begins=True)


@pytest.mark.parametrize(
    ("machine", "given", "begins", "found", "hint"),
    [
        (GPUS, {}, True, "found 2 trials that share a GPU without", "give --gpu-memory 39936, "),
        (CPU, {}, True, "found 2 trials that share a GPU without", "give --gpu-memory in MiB, "),
        (GPUS, {}, False, "found 2 trials that share a GPU without", "leave it out: the search was begun with"),
        (GPUS, {"gpu_memory": 50_000}, False, "found 2 that take 50000 MiB each", "give --trials-per-gpu 1"),
    ],
)
def test_trials_share_a_gpu_only_where_it_is_told_what_each_takes_and_that_fits(
    machine: Machine, given: dict[str, Any], begins: bool, found: str, hint: str
) -> None:
    with pytest.raises(SettingsError, match=f"^--trials-per-gpu: .* {found}$") as refusal:
        check_sharing(Settings(trials_per_gpu=2, **given), lambda: machine, begins=begins)
    assert refusal.value.hint.startswith(hint)


@pytest.mark.parametrize("machine", [CPU, GPUS])
def test_trials_that_fit_may_share_a_gpu(machine: Machine) -> None:
    check_sharing(Settings(trials_per_gpu=2, gpu_memory=39_936), lambda: machine, begins=True)


@pytest.mark.parametrize(
    ("given", "lookahead", "threads", "most"),
    [
        ({}, 8, 1, None),
        ({"workers": 16}, 32, 1, 16),
        ({"workers": None}, 8, 1, None),
        ({"lookahead": 5, "threads": 2}, 5, 2, None),
    ],
)
@pytest.mark.parametrize("where", ["listen", "cluster"])
def test_a_search_that_begins_on_a_cluster_does_not_ask_what_this_machine_is_like(
    where: str, given: dict[str, Any], lookahead: int, threads: int, most: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_asked() -> Machine:
        raise AssertionError("trials do not train here")

    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    settings = Settings(**{where: "tcp://host:8786", **given}, given=frozenset({where, *given}))
    begun = begun_with(settings, not_asked)
    assert (begun.lookahead, begun.threads, most_on_cluster(begun)) == (lookahead, threads, most)
    check_sharing(settings, not_asked, begins=True)
