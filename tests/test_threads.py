"""With how many threads of TensorFlow a search begins."""

import os

import pytest

from job import threads
from job.threads import granted_cores, threads_to_begin_with


@pytest.mark.parametrize(
    ("usable", "quota", "granted"),
    [(64, None, 64), (64, 4.0, 4), (64, 1.5, 2), (64, 0.1, 1), (2, 4.0, 2), (1, None, 1), (8, 0.0, 1)],
)
def test_the_cores_granted_are_the_least_of_those_usable_and_the_quota_rounded_up(
    usable: int, quota: float | None, granted: int
) -> None:
    assert granted_cores(usable, quota) == granted


def test_a_search_begins_with_a_thread_for_each_core_that_this_process_may_run_on() -> None:
    affinity = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(affinity)})
        assert threads_to_begin_with({}) == 1
    finally:
        os.sched_setaffinity(0, affinity)


def test_the_workers_of_a_search_share_the_cores_and_each_has_a_thread() -> None:
    cores = len(os.sched_getaffinity(0))
    assert [threads_to_begin_with({}, workers=workers) for workers in (1, cores, 99)] == [cores, 1, 1]
    assert threads_to_begin_with({"TF_NUM_INTRAOP_THREADS": "3"}, workers=4) == 3


def test_a_search_begins_with_the_threads_that_tensorflow_is_told_to_take() -> None:
    assert threads_to_begin_with({"TF_NUM_INTRAOP_THREADS": "3", "TF_NUM_INTEROP_THREADS": "5"}) == 3
    assert threads_to_begin_with({"TF_NUM_INTRAOP_THREADS": "many"}) == threads_to_begin_with({})


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), ValueError("cpu.max: two words expected")])
def test_a_quota_that_cannot_be_read_limits_nothing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse() -> float | None:
        raise error

    monkeypatch.setattr(threads, "cpu_limit", refuse)
    assert threads_to_begin_with({}) == len(os.sched_getaffinity(0))
