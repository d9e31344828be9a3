"""Which file system a directory lies on."""

import re
from dataclasses import dataclass
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")


@dataclass(frozen=True)
class Mount:
    """A file system, and where it is mounted."""

    point: Path
    kind: str  # such as ext4, nfs4, overlay, tmpfs


def mount_of(path: Path, mounts: Path = _MOUNTS) -> Mount:
    """Return the mount that `path`, which is absolute and has no links in it, lies on; the topmost if there are two.

    The fields of a line are those of proc(5): the fifth is the mount point, and the type follows a lone hyphen.
    """
    found = Mount(Path("/"), "unknown")
    for line in mounts.read_text(errors="surrogateescape").splitlines():
        fields = line.split(" ")
        mount = Mount(Path(_decode(fields[4])), fields[fields.index("-") + 1])
        if path.is_relative_to(mount.point) and mount.point.is_relative_to(found.point):
            found = mount
    return found


def _decode(text: str) -> str:
    r"""Return a path as it is: the kernel writes a space as `\040`."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
