"""The file system of a directory, from the kernel's table of mounts."""

from pathlib import Path

import pytest

from job.doctor.mounts import Mount, mount_of

TABLE = r"""22 1 0:30 / / rw,relatime - overlay overlay rw,lowerdir=/a
23 22 0:5 / /state rw,relatime shared:3 - nfs4 server:/export rw
24 22 0:6 / /with\040space rw - ext4 /dev/sda1 rw
25 22 0:7 / /twice rw - ext4 /dev/sda2 rw
26 25 0:8 / /twice rw - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("path", "kind", "point"),
    [
        ("/state/run-1", "nfs4", "/state"),
        ("/stateful", "overlay", "/"),
        ("/with space/x", "ext4", "/with space"),
        ("/twice", "tmpfs", "/twice"),
    ],
)
def test_a_directory_lies_on_the_mount_that_is_nearest_above_it(
    path: str, kind: str, point: str, tmp_path: Path
) -> None:
    (tmp_path / "mountinfo").write_text(TABLE)

    assert mount_of(Path(path), tmp_path / "mountinfo") == Mount(Path(point), kind)
