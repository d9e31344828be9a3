"""How much memory there is for this process and those that it starts."""

import re
from pathlib import Path

from job.cgroup import memory_limit

_MEMORY_INFO = Path("/proc/meminfo")


def memory_info(name: str) -> int:
    """Return what the kernel says of the memory, such as `MemTotal`, in bytes; raise OSError or ValueError."""
    found = re.search(rf"^{name}:\s+(\d+) kB$", _MEMORY_INFO.read_text(), re.MULTILINE)
    if found is None:
        raise ValueError(f"{_MEMORY_INFO} has no {name}")
    return int(found[1]) * 1024


def usable_memory() -> int | None:
    """Return how many bytes may be used: what is available, and no more than the limit; None where nobody tells."""
    try:
        available, limit = memory_info("MemAvailable"), memory_limit()
    except (OSError, ValueError):  # a sandbox may hide them, or show others than Linux does
        return None
    return available if limit is None else min(available, limit.limit)
