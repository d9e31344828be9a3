from dataclasses import replace
from typing import Any

import pytest

from job.core.objective import parse_objective
from job.data import DataSource
from job.executors.cluster.terms import Terms, machine_of
from job.executors.room import Machine
from job.training import Setup
from job.training.devices import Device, describe

VERSIONS = {"hpo-job": "1.0", "Python": "3.13.1", "TensorFlow": "2.21.0"}
ARITHMETIC = {"intra-op threads": "2", "oneDNN": "by default"}
CPU = Device(kind="CPU", name="EPYC", cores=8)
GPU = Device(kind="GPU", name="H100", memory_bytes=80 << 30)
DIGEST = "0123456789abcdef" * 4


def terms(*, require_gpu: bool = False) -> Terms:
    setup = Setup(
        module="digits",
        data=DataSource(),
        seed=0,
        epochs=1,
        batch_size=1,
        objective=parse_objective("val_accuracy"),
        deterministic=True,
        threads=2,
        checkpoint_seconds=60,
    )
    return Terms(setup=setup, data=DIGEST, versions=VERSIONS, arithmetic=ARITHMETIC, require_gpu=require_gpu)


def introduced(**others: Any) -> dict[str, Any]:
    return {
        "versions": VERSIONS,
        "arithmetic": ARITHMETIC,
        "may_have_children": True,
        "memory_bytes": 1 << 40,
        **others,
    }


def test_a_worker_like_the_search_is_taken() -> None:
    assert terms().refusal(introduced()) == terms().refusal_of_devices([CPU]) == terms().refusal_of_data(DIGEST) == ""


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"versions": {**VERSIONS, "hpo-job": "1.1"}}, "it has hpo-job 1.1, and the search 1.0"),
        ({"versions": {**VERSIONS, "TensorFlow": "2.22.0"}}, "TensorFlow 2.21.0 here, 2.22.0 there"),
        ({"versions": {**VERSIONS, "Python": "3.12.0"}}, "Python 3.13.1 here, 3.12.0 there"),
        ({"may_have_children": False}, "DASK_DISTRIBUTED__WORKER__DAEMON=False"),
    ],
)
def test_a_worker_that_may_give_other_bits_or_none_is_refused_by_what_is_wrong(
    others: dict[str, Any], expected: str
) -> None:
    assert expected in terms().refusal(introduced(**others))


def test_a_worker_without_a_gpu_is_refused_where_one_is_required() -> None:
    assert "expected a GPU" in terms(require_gpu=True).refusal_of_devices([CPU])
    assert terms(require_gpu=True).refusal_of_devices([GPU, CPU]) == ""


def test_a_worker_with_other_data_is_refused() -> None:
    assert "other data" in terms().refusal_of_data("f" * 64)


def test_a_worker_that_may_give_other_bits_is_doubted_by_what_differs() -> None:
    other = replace(CPU, name="Xeon")
    kind = describe([CPU])
    assert [*terms().doubts(introduced(), [CPU], "")] == []
    assert [*terms().doubts(introduced(), [replace(CPU, cores=4)], kind)] == [], "its threads are the search's"
    (of_kind,) = terms().doubts(introduced(), [other], kind)
    assert of_kind.startswith(f"others train on {kind}, and")
    (of_settings,) = terms().doubts(introduced(arithmetic={**ARITHMETIC, "oneDNN": "off"}), [CPU], kind)
    assert of_settings.startswith("oneDNN by default here, off there: ")


def test_a_worker_has_the_cores_that_dask_gives_it_and_its_gpus() -> None:
    expected = Machine(cores=3, memory_bytes=1 << 40, gpus=(80 << 30,))
    assert machine_of(introduced(), 3, [GPU, CPU]) == expected
