"""Data that are shared come back as they are, for every process, and go with the run."""

import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from job.data import Data, Images
from job.data.arrays import leaves
from job.data.digest import digest_of
from job.data.shared import CannotShareError, NoRoomError, memory_file, memory_of, read, share

_TABLE = np.arange(60.0).reshape(10, 6)
_X = {
    "column": _TABLE[:, 1],
    "columns": _TABLE[:, 1:3],
    "backwards": _TABLE[::-1],
    "of columns": np.asfortranarray(_TABLE.astype(np.float32)),
    "turned": np.arange(120, dtype=np.uint8).reshape(3, 10, 4).transpose(1, 2, 0),
    "of another order": _TABLE.astype(">f4"),
    "truths": _TABLE[:, 0] > 3,
    "texts": np.array(["so", "größer\0"] * 5, object),
    "bytes": np.array([b"so", b"\xff"] * 5, object),
    "words": np.array(["so", "größer"] * 5),
    "nothing": np.zeros((10, 0)),
    "several": (np.arange(10), {2: np.arange(10, dtype=np.int8)}),
}
_WEIGHTS = np.linspace(0, 1, 10, dtype=np.float32)
NESTED = Data(train=(_X, _TABLE[:, 5], _WEIGHTS), validation=(_X, _TABLE[:, 4], _WEIGHTS))
_PICTURES = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 3), np.uint8)
_LABELS = np.arange(20) % 2
PICTURES = Data(
    train=Images(_PICTURES[5:], _LABELS[5:], are_cut=True),
    validation=Images(_PICTURES[:5], _LABELS[:5], are_cut=True),
    test=Images(_PICTURES, _LABELS),
    class_names=("a", "ä"),
)


@pytest.fixture
def file() -> Iterator[Path]:
    with memory_file() as found:
        if found is None:
            pytest.skip("there are no files in memory here")
        yield found


def shared(data: Data, file: Path) -> Data:
    share(data, file)
    found = read(file)
    assert found is not None
    return found


@pytest.mark.parametrize("data", [NESTED, PICTURES])
def test_data_come_back_with_their_types_shapes_strides_and_bits(data: Data, file: Path) -> None:
    found = shared(data, file)
    assert digest_of(found) == digest_of(data)
    assert (found.class_names, type(found.train), found.test is None) == (
        *(data.class_names, type(data.train)),
        data.test is None,
    )
    for one, other in zip(_arrays(found), _arrays(data), strict=True):
        assert (one[0], one[1].dtype, one[1].shape) == (other[0], other[1].dtype, other[1].shape)
        assert (one[1].strides == other[1].strides or not one[1].size) and type(one[1]) is np.ndarray
        np.testing.assert_array_equal(one[1], other[1])


def _arrays(data: Data) -> list[tuple[str, Any]]:
    parts = [vars(part) if isinstance(part, Images) else part for part in (data.train, data.validation, data.test)]
    return [(place, each) for place, each in leaves(parts, "") if isinstance(each, np.ndarray)]


def test_arrays_in_several_places_take_their_room_once(file: Path) -> None:
    found = shared(NESTED, file)
    assert found.train[0] is found.validation[0] and found.train[2] is found.validation[2]
    bytes_of_views = sum(array.nbytes for _, array in _arrays(NESTED))
    assert file.stat().st_size < bytes_of_views


def test_each_process_has_the_same_memory_until_it_writes_to_it(file: Path) -> None:
    found = shared(PICTURES, file)
    found.train.images[0] = 0
    again = read(file)
    assert again is not None and (again.train.images[0] == _PICTURES[5]).all()


@pytest.mark.parametrize("writeable", [True, False])
def test_a_mapped_array_tells_of_its_memory(writeable: bool, file: Path) -> None:
    images = _PICTURES.copy()
    images.flags.writeable = writeable
    found = shared(Data(train=Images(images, _LABELS), validation=Images(images, _LABELS)), file).train.images
    memory = memory_of(found)
    assert memory is not None and memory.ctypes.data == found.ctypes.data and memory.flags.writeable
    np.testing.assert_array_equal(memory, _PICTURES)
    assert found.flags.writeable is writeable
    assert memory_of(images) is None and memory_of(found[:, 1:]) is None and memory_of(found[1:, ..., :1]) is None


def test_another_process_maps_them(file: Path) -> None:
    share(PICTURES, file)
    context = multiprocessing.get_context("forkserver")
    queue = context.SimpleQueue()
    process = context.Process(target=_tell_digest, args=(file, queue))
    process.start()
    assert queue.get() == digest_of(PICTURES)
    process.join()


def _tell_digest(file: Path, queue: Any) -> None:
    data = read(file)
    queue.put(digest_of(data) if data else None)


def test_there_are_none_before_they_are_shared_and_after_the_run(file: Path) -> None:
    assert read(file) is None
    with memory_file() as another:
        assert another is not None
        share(PICTURES, another)
        found = read(another)
    assert read(another) is None
    assert found is not None and digest_of(found) == digest_of(PICTURES), "whoever has mapped them keeps them"


@dataclass(frozen=True, kw_only=True)
class WithWords(Data):
    words: tuple[str, ...] = ()


class Text(str):
    """More than its letters."""

    __slots__ = ()


def test_what_would_come_back_as_something_else_is_not_shared(file: Path) -> None:
    x, y = _TABLE, _TABLE[:, 0]
    others = (
        WithWords(train=(x, y), validation=(x, y), words=("a",)),
        Data(train=({Text("a"): x}, y), validation=(x, y)),
        Data(train=(x.view(np.recarray), y), validation=(x, y)),
    )
    for data in others:
        with pytest.raises(CannotShareError):
            share(data, file)
    assert read(file) is None


def test_without_enough_memory_nothing_is_shared(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("job.data.shared.usable_memory", lambda: 2_900)
    with pytest.raises(NoRoomError, match=r"^they take 0.0 MB, and 0.0 MB of memory may be used$"):
        share(PICTURES, file)
    assert read(file) is None
    with pytest.raises(NoRoomError, match="No such file"):
        monkeypatch.setattr("job.data.shared.usable_memory", lambda: None)
        share(PICTURES, Path("/proc/self/fd/999"))
