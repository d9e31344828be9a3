"""The versions and settings that decide bits, and how two runs differ in them."""

import os

import pytest

from job.versions import arithmetic_settings, changed_arithmetic, changed_versions, program_versions

CORES = str(len(os.sched_getaffinity(0)))


def test_the_versions_of_all_that_decides_bits_are_known() -> None:
    assert {"Python", "TensorFlow", "Keras", "NumPy", "SciPy", "scikit-learn", "scikit-optimize"} <= set(
        program_versions()
    )


def test_without_settings_threads_are_as_many_as_cores() -> None:
    told = {"intra-op threads": CORES, "inter-op threads": CORES, "oneDNN": "by default"}
    assert arithmetic_settings(None, {}) == told


def test_the_threads_of_the_search_are_told_whatever_cores_and_variables_there_are() -> None:
    told = arithmetic_settings(5, {"TF_NUM_INTRAOP_THREADS": "3", "TF_NUM_INTEROP_THREADS": "3"})
    assert (told["intra-op threads"], told["inter-op threads"]) == ("5", "5")


@pytest.mark.parametrize(
    ("variable", "value", "name", "told"),
    [
        ("TF_NUM_INTRAOP_THREADS", "3", "intra-op threads", "3"),
        ("TF_NUM_INTEROP_THREADS", "3", "inter-op threads", "3"),
        ("TF_NUM_INTRAOP_THREADS", "0", "intra-op threads", CORES),
        ("TF_NUM_INTRAOP_THREADS", "many", "intra-op threads", CORES),
        ("TF_ENABLE_ONEDNN_OPTS", "0", "oneDNN", "off"),
        ("TF_ENABLE_ONEDNN_OPTS", "1", "oneDNN", "on"),
        ("ONEDNN_MAX_CPU_ISA", "AVX2", "ONEDNN_MAX_CPU_ISA", "AVX2"),
    ],
)
def test_a_setting_is_told_as_tensorflow_takes_it(variable: str, value: str, name: str, told: str) -> None:
    assert arithmetic_settings(None, {variable: value})[name] == told


def test_versions_that_differ_are_named_with_both() -> None:
    before = {"hpo-job": "0.1.0", "Python": "3.11.7", "TensorFlow": "2.21.0", "NumPy": "2.4.6"}
    now = {"hpo-job": "0.2.0", "Python": "3.12.1", "TensorFlow": "2.21.0", "NumPy": "2.5.0", "SciPy": "1.16"}

    assert changed_versions(before, now) == "Python 3.11.7 before, 3.12.1 now; NumPy 2.4.6 before, 2.5.0 now"
    assert changed_versions(before, before) == changed_versions({}, now) == ""


def test_settings_that_differ_are_named_with_both_and_none_where_they_are_not_known() -> None:
    before, now = {"oneDNN": "off", "XLA_FLAGS": "-x"}, {"oneDNN": "by default"}

    assert changed_arithmetic(before, now) == "oneDNN off before, by default now; XLA_FLAGS -x before, not set now"
    assert changed_arithmetic(now, now) == changed_arithmetic({}, now) == ""
