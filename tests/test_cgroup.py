"""The limits of a container, from files as the kernel writes them."""

from pathlib import Path

import pytest

from job.cgroup import MemoryLimit, cpu_limit, memory_limit

NO_LIMIT_V1 = "9223372036854771712\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cgroup"


def group(root: Path, path: str, **files: str) -> None:
    """Make a control group with these files, a dot in their names written as two underscores."""
    (root / path).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (root / path / name.replace("__", ".")).write_text(content)


def member(root: Path, *lines: str) -> Path:
    """Return a file that says which groups this process is in."""
    membership = root.with_name("membership")
    membership.write_text("".join(f"{line}\n" for line in lines))
    return membership


def test_the_least_limit_on_the_way_up_holds(root: Path) -> None:
    group(root, "pod", memory__max="2000000000\n", memory__current="700\n")
    group(root, "pod/container", memory__max="4000000000\n", memory__current="500\n")

    assert memory_limit(root, member(root, "0::/pod/container")) == MemoryLimit(limit=2_000_000_000, used=700)


def test_a_container_that_sees_itself_as_the_root_finds_its_limit_there(root: Path) -> None:
    group(root, ".", memory__max="1000000000\n", memory__current="1\n", cpu__max="50000 100000\n")

    assert memory_limit(root, member(root, "0::/")) == MemoryLimit(limit=1_000_000_000, used=1)
    assert cpu_limit(root, member(root, "0::/")) == 0.5


def test_version_1_is_read_where_the_way_to_the_group_is_not_to_be_seen(root: Path) -> None:
    group(root, "memory", memory__limit_in_bytes="3000000000\n", memory__usage_in_bytes="9\n")
    group(root, "cpu", cpu__cfs_quota_us="150000\n", cpu__cfs_period_us="100000\n")
    membership = member(root, "4:memory:/docker/1f2e", "1:cpu,cpuacct:/docker/1f2e", "0::/")

    assert memory_limit(root, membership) == MemoryLimit(limit=3_000_000_000, used=9)
    assert cpu_limit(root, membership) == 1.5


def test_a_group_without_limits_has_none(root: Path) -> None:
    group(root, "a", memory__max="max\n", memory__current="1\n", cpu__max="max 100000\n")
    group(root, "memory", memory__limit_in_bytes=NO_LIMIT_V1, memory__usage_in_bytes="9\n")
    group(root, "cpu", cpu__cfs_quota_us="-1\n", cpu__cfs_period_us="100000\n")
    membership = member(root, "4:memory:/", "1:cpu:/", "0::/a")

    assert memory_limit(root, membership) is None
    assert cpu_limit(root, membership) is None


def test_a_group_outside_of_what_the_container_sees_is_looked_for_nowhere_else(root: Path) -> None:
    group(root.parent, "elsewhere", memory__max="5\n", memory__current="1\n")
    root.mkdir()

    assert memory_limit(root, member(root, "0::/../elsewhere")) is None
