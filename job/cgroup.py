"""The limits that a container sets to this process: control groups of Linux, version 1 and 2.

A group is a directory; its limits hold for the groups below it too, so the least of those on the way up counts. In a
container only a part of the way may be there, which is why each level is looked for and none is required.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_ROOT = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")
# What version 1 shows for "no limit" is the largest multiple of the page size below 2^63.
_NO_LIMIT_BYTES = 2**62


@dataclass(frozen=True)
class MemoryLimit:
    """The memory that all processes of a group may use, and what they use, with the file system's cache, in bytes."""

    limit: int
    used: int


def memory_limit(root: Path = _ROOT, membership: Path = _MEMBERSHIP) -> MemoryLimit | None:
    """Return the least limit that holds for this process; None when there is none."""
    limits = [
        *_memory_limits(_levels(root, membership, ""), "memory.max", "memory.current"),
        *_memory_limits(_levels(root, membership, "memory"), "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ]
    return min(limits, key=lambda each: each.limit, default=None)


def cpu_limit(root: Path = _ROOT, membership: Path = _MEMBERSHIP) -> float | None:
    """Return how many CPUs' worth of time this process may use; None when nothing limits it."""
    quotas = []
    for level in _levels(root, membership, ""):
        if (level / "cpu.max").exists():
            quota, period = (level / "cpu.max").read_text().split()
            quotas.append(math.inf if quota == "max" else int(quota) / int(period))
    for level in _levels(root, membership, "cpu"):
        if (level / "cpu.cfs_quota_us").exists():
            microseconds = int((level / "cpu.cfs_quota_us").read_text())
            period_microseconds = int((level / "cpu.cfs_period_us").read_text())
            quotas.append(math.inf if microseconds < 0 else microseconds / period_microseconds)
    least = min(quotas, default=math.inf)
    return None if math.isinf(least) else least


def _memory_limits(levels: Iterator[Path], limit_name: str, usage_name: str) -> Iterator[MemoryLimit]:
    for level in levels:
        if not (level / limit_name).exists():
            continue
        limit = (level / limit_name).read_text().strip()
        if limit != "max" and int(limit) < _NO_LIMIT_BYTES:
            yield MemoryLimit(int(limit), int((level / usage_name).read_text()))


def _levels(root: Path, membership: Path, controller: str) -> Iterator[Path]:
    """Yield the directories of this process's group and those above it; version 2 has no name of a controller."""
    group = next((path for names, path in _memberships(membership) if controller in names), "/")
    base = root / controller
    relative = PurePosixPath(group).relative_to("/")
    if ".." not in relative.parts:  # a group outside of what the container sees
        yield from (base / each for each in (relative, *relative.parents) if each.parts)
    yield base


def _memberships(membership: Path) -> Iterator[tuple[list[str], str]]:
    """Yield the controllers of each hierarchy, and the group in it: lines such as `4:cpu,cpuacct:/docker/1f`."""
    for line in membership.read_text().splitlines():
        _, names, path = line.split(":", 2)
        yield names.split(","), path
