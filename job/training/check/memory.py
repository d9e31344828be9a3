"""How much memory this process takes at the most, since it was last asked."""

import re
from contextlib import suppress
from pathlib import Path

import tensorflow as tf

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_CLEAR_PEAK = "5"  # by Linux's number for it; see proc(5)
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def forget_peak() -> None:
    """Have `peak_bytes` tell of what comes from now on."""
    if _has_gpu():
        tf.config.experimental.reset_memory_stats("GPU:0")
    else:
        with suppress(OSError):  # then it tells of all that has been
            _CLEAR.write_text(_CLEAR_PEAK)


def peak_bytes() -> int | None:
    """Return how many of the first GPU were taken at the most, or else of the host; None where that is unknown."""
    if _has_gpu():
        return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
    with suppress(OSError):
        if found := _PEAK.search(_STATUS.read_text()):
            return int(found[1]) * 1024
    return None


def _has_gpu() -> bool:
    return bool(tf.config.list_logical_devices("GPU"))
