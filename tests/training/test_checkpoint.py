"""The checkpoint's file, without Keras."""

import io
import json
import math
import os
from collections import OrderedDict, defaultdict, deque, namedtuple
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from job.core.trial import Status
from job.errors import StateUnwritableError
from job.training.checkpoint import Checkpoint, CheckpointDamagedError, Memory, read, write
from job.training.packing import can_pack

Pair = namedtuple("Pair", ("epoch", "loss"))


def checkpoint_of(*callbacks: Memory, model: tuple[np.ndarray[Any, Any], ...] = ()) -> Checkpoint:
    return Checkpoint(
        history=({"loss": 0.1, "val_accuracy": 0.9}, {"loss": 0.05, "val_accuracy": 0.95}),
        batch=3,
        seconds=12.5,
        ended=False,
        logs={"loss": 0.05},
        model=model,
        optimizer=(np.array(7, np.int64), np.array(1e-3, np.float32)),
        metrics=(),
        callbacks=callbacks,
        random=None,
        validated="",
        best=(),
    )


def again(path: Path, checkpoint: Checkpoint) -> Checkpoint:
    """Return what is read of a checkpoint that is written."""
    write(path, checkpoint)
    saved = read(path)
    assert saved is not None
    return saved


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are alike to the last bit, and of the same types."""
    if type(one) is not type(other):
        return False
    match one:
        case np.ndarray() | np.generic():
            return bool(one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes())
        case list() | tuple():
            return len(one) == len(other) and all(map(same, one, other))
        case dict():
            return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
        case float() if math.isnan(one):
            return math.isnan(other)
        case _:
            return bool(one == other)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    checkpoint = checkpoint_of({"wait": 2}, {}, model=(np.ones((2, 3)), np.arange(4)))

    assert same(vars(again(tmp_path / "checkpoint", checkpoint)), vars(checkpoint))


def test_the_last_one_that_was_written_is_read(tmp_path: Path) -> None:
    write(tmp_path / "checkpoint", checkpoint_of({"wait": 1}))

    assert again(tmp_path / "checkpoint", checkpoint_of({"wait": 2})).callbacks == ({"wait": 2},)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_where_nothing_is_written_nothing_is_read(tmp_path: Path) -> None:
    assert read(tmp_path / "checkpoint") is None


@pytest.mark.parametrize(
    "array",
    [
        np.array(3.5, np.float32),
        np.zeros((0, 4), np.float16),
        np.array([np.nan, np.inf, -np.inf, -0.0]),
        np.arange(6, dtype=np.uint32).reshape(2, 3).T,
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(10)[::2],
        np.array([True, False]),
        np.array(["tanh", "relu"]),
        np.array([1 + 2j]),
        np.array([2**63, 1], np.uint64),
    ],
    ids=lambda array: f"{array.dtype}-{array.shape}",
)
def test_an_array_comes_back_to_the_last_bit(tmp_path: Path, array: np.ndarray[Any, Any]) -> None:
    saved = again(tmp_path / "checkpoint", checkpoint_of({"best": array}, model=(array,)))

    assert same(saved.model, (array,))
    assert same(saved.callbacks, ({"best": array},))


def test_an_array_of_bfloat16_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    """Keras keeps the variables of a model in it under the dtype policy bfloat16."""
    array = np.array([1.5, 2.5], ml_dtypes.bfloat16)
    saved = again(tmp_path / "checkpoint", checkpoint_of(model=(array,)))

    assert same(saved.model, (array,))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        2**100,
        -0.0,
        0.1,
        5e-324,
        math.inf,
        -math.inf,
        math.nan,
        "",
        "größer \0 \ud800",
        [],
        (),
        {},
        np.float32(0.1),
        np.float64(0.1),
        np.int64(3),
        np.bool_(True),
        np.str_("tanh"),
        [np.ones(2), np.zeros((2, 2), np.float32)],
        (1, [2.0, (None, "three")], {"four": [np.int8(4)], "list": (5,), "array": {"array": 0, "scalar": True}}),
        [[[[]]], ()],
        {1: "one", (2, "two"): [2], None: 0, frozenset({3}): {4}, 0.5: {}},
        {1, 2, (4, 5)},
        frozenset({1, 2}),
        deque([1, 2], maxlen=3),
        defaultdict(list, loss=[1]),
        OrderedDict(b=1, a=2),
        Pair(3, 0.1),
        [Pair(3, [0.1])],
        Path("trials", "0001"),
        b"bytes \0 \xff",
        1 + 2j,
        datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        date(2026, 1, 2),
        timedelta(days=1, microseconds=1),
        Status.COMPLETED,
        np.less,
        math.fsum,
        Path,
        {"nested": {1: {2: {3: (np.ones(2), {"array": 0})}}}},
    ],
    ids=repr,
)
def test_what_a_callback_remembers_comes_back_as_it_was(tmp_path: Path, value: object) -> None:
    memory = {"value": value}

    assert can_pack(value)
    assert same(again(tmp_path / "checkpoint", checkpoint_of(memory)).callbacks, (memory,))


def test_a_partial_function_comes_back_with_its_arguments(tmp_path: Path) -> None:
    (memory,) = again(tmp_path / "checkpoint", checkpoint_of({"value": partial(round, ndigits=2)})).callbacks

    assert memory["value"](1.2345) == 1.23


def test_what_two_callbacks_share_they_share_again(tmp_path: Path) -> None:
    shared: list[Any] = [1]
    shared.append(shared)
    array = np.ones(2)
    first, second = again(
        tmp_path / "checkpoint", checkpoint_of({"own": [array], "shared": shared}, {"array": array, "other": shared})
    ).callbacks

    assert first["shared"] is second["other"] is first["shared"][1]
    assert first["own"][0] is second["array"]


class TrackedList(list[int]):
    """More than a list."""


class Colour(IntEnum):
    """Numbers that are more than numbers."""

    RED = 1


def test_a_number_with_a_name_is_no_plain_number_when_it_comes_back(tmp_path: Path) -> None:
    (memory,) = again(tmp_path / "checkpoint", checkpoint_of({"value": Colour.RED})).callbacks

    assert memory["value"] is Colour.RED


@pytest.mark.parametrize(
    "value",
    [
        lambda epoch: 0.1,
        [1, [lambda: None]],
        object(),
        iter([1]),
        TrackedList([1, 2]),
        np.array([None, "two"], dtype=object),
        np.ma.masked_array([1, 2], [True, False]),
        np.zeros(2, [("x", "f8")]),
        math,
    ],
    ids=["lambda", "nested lambda", "object", "iterator", "subclass", "objects", "masked", "structured", "module"],
)
def test_what_would_not_come_back_as_it_was_cannot_be_packed(value: object) -> None:
    assert not can_pack(value)


def test_a_checkpoint_of_another_version_is_said_to_be_one(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, header=np.frombuffer(json.dumps({"history": {"tuple": []}}).encode(), np.uint8))
    (tmp_path / "checkpoint").write_bytes(sha256(buffer.getvalue()).digest() + buffer.getvalue())

    with pytest.raises(CheckpointDamagedError, match="another version"):
        read(tmp_path / "checkpoint")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A checkpoint of 2 KB."""
    path = tmp_path / "checkpoint"
    write(path, checkpoint_of({"wait": 1, "best_weights": [np.ones(2)]}, model=(np.arange(4.0),)))
    return path


def test_a_file_truncated_at_any_length_is_damaged(path: Path) -> None:
    for length in reversed(range(path.stat().st_size)):
        os.truncate(path, length)
        with pytest.raises(CheckpointDamagedError, match="checkpoint: its digest does not match"):
            read(path)


def test_a_file_with_any_bit_flipped_is_damaged(path: Path) -> None:
    whole = path.read_bytes()
    with path.open("r+b", buffering=0) as file:
        for place, byte in enumerate(whole):
            for bit in range(8):
                os.pwrite(file.fileno(), bytes([byte ^ 1 << bit]), place)
                with pytest.raises(CheckpointDamagedError):
                    read(path)
            os.pwrite(file.fileno(), bytes([byte]), place)
    assert read(path) is not None


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, json.dumps({"epoch": 3}).encode()])
def test_what_is_no_checkpoint_at_all_is_damaged(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(CheckpointDamagedError):
        read(path)


def test_more_than_was_written_is_damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")

    with pytest.raises(CheckpointDamagedError):
        read(path)


def test_reading_leaves_a_damaged_file_where_it_is(path: Path) -> None:
    path.write_bytes(b"half")
    with pytest.raises(CheckpointDamagedError):
        read(path)

    assert path.read_bytes() == b"half"


def test_a_directory_that_is_not_there_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(StateUnwritableError, match="No such file"):
        write(tmp_path / "nowhere" / "checkpoint", checkpoint_of())
