"""Certificates, by the commands of the README of `docker/kubernetes/cluster/`."""

import re
import subprocess
from pathlib import Path

from tests.kubernetes.cluster import FOLDER


def commands() -> str:
    """Return the commands as a shell script."""
    return "\n".join(re.findall(r"^    (openssl .*)", (FOLDER / "README.md").read_text(), re.MULTILINE))


def make_certificates(folder: Path) -> None:
    """Write ca.crt, tls.crt and tls.key, of an authority of their own, and what they are made with."""
    folder.mkdir()
    subprocess.run(["sh", "-euc", commands()], cwd=folder, check=True, capture_output=True)
