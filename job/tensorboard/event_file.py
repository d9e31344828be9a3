"""TensorBoard's event files: a sequence of records, each an Event with its length and two checksums.

The framing is that of TensorFlow's record files (TFRecord). It is written here because TensorBoard's own writer imports
NumPy, and TensorFlow where that is installed.
"""

import struct
from collections.abc import Mapping

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

# TensorBoard takes a file for one of events if its name holds "tfevents".
NAME = "events.out.tfevents.hpo-job"

_VERSION = "brain.Event:2"
_LENGTH, _CHECKSUM = struct.Struct("<Q"), struct.Struct("<I")
_HEADER_BYTES = _LENGTH.size + _CHECKSUM.size
_POLYNOMIAL = 0x82F63B78  # of CRC-32C (Castagnoli), bits reversed


def start(time: float) -> bytes:
    """Return the first record of a file: the version of the format, at Unix time `time`."""
    return _record(Event(wall_time=time, file_version=_VERSION))


def scalars(values: Mapping[str, float], *, step: int, time: float) -> bytes:
    """Return the record of some scalars by their tags; TensorBoard keeps them as 32-bit floats."""
    summary = (Summary.Value(tag=tag, simple_value=value) for tag, value in sorted(values.items()))
    return summaries(*summary, step=step, time=time)


def summaries(*values: Summary.Value, time: float, step: int = 0) -> bytes:
    """Return the record of an event that holds `values`."""
    return _record(Event(wall_time=time, step=step, summary=Summary(value=values)))


def times(data: bytes) -> tuple[float, ...]:
    """Return the Unix times of the events in `data`, up to the first record that is cut off or damaged."""
    found: list[float] = []
    while data:
        content, whole = _unframe(data)
        if _frame(content) != data[:whole]:
            break
        found.append(Event.FromString(content).wall_time)
        data = data[whole:]
    return tuple(found)


def _record(event: Event) -> bytes:
    return _frame(event.SerializeToString(deterministic=True))


def _frame(content: bytes) -> bytes:
    length = _LENGTH.pack(len(content))
    return length + _masked_crc(length) + content + _masked_crc(content)


def _unframe(data: bytes) -> tuple[bytes, int]:
    """Return what the first record of `data` holds, unchecked, and how long the record says that it is."""
    length = int.from_bytes(data[: _LENGTH.size], "little")
    return data[_HEADER_BYTES : _HEADER_BYTES + length], _HEADER_BYTES + length + _CHECKSUM.size


def _masked_crc(data: bytes) -> bytes:
    """Return the CRC-32C of `data`, rotated and shifted as record files keep it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return _CHECKSUM.pack(((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _crc_of_byte(byte: int) -> int:
    crc = byte
    for _ in range(8):
        crc = crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0)
    return crc


_TABLE = tuple(_crc_of_byte(byte) for byte in range(256))
