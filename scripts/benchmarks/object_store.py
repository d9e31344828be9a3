"""What a state in an object store costs against one in a directory: time and requests a step, and bytes an hour.

Searches of the digits come one after the other, on a disk and in SeaweedFS on this machine, which counts the requests.
The time is what the run spends on saving; what a request to a cloud's store takes comes on top of it, for each that the
save waits for. The lease costs three requests a minute, looks for what users ask for six, whatever is trained.
"""

import argparse
import re
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from figures import Figure, exit_code, show
from program import run
from seaweedfs import BUCKET, seaweedfs

from job.core.study import Study
from job.paths import parse_state
from job.state.places import open_study

_REQUESTS = re.compile(r'^SeaweedFS_s3_request_total\{.*type="(\w+)".*\} (\d+)', re.MULTILINE)
_BYTES = re.compile(r"^SeaweedFS_s3_bucket_traffic_received_bytes_total\{.*\} ([\d.e+]+)", re.MULTILINE)
_TARGET_SECONDS = 0.5  # more of a step than on a disk
_SECONDS_PER_HOUR = 3600


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a state in an object store costs.")
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--epochs", type=int, default=8)
    options = parser.parse_args()
    sys.exit(exit_code(lambda: _measure(options)))


def _measure(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder, seaweedfs(Path(folder, "store")) as metrics:
        disk, _ = _search(str(Path(folder, "disk")), options)
        before, sent_before = _requests(metrics), _sent(metrics)
        stored, seconds = _search(f"s3://{BUCKET}/digits", options)
        asked, sent = _requests(metrics), _sent(metrics) - sent_before
    counts = {kind: count - before.get(kind, 0) for kind, count in asked.items() if count > before.get(kind, 0)}
    steps = len(stored.steps)
    on_disk, in_store = (_saving(study) / len(study.steps) for study in (disk, stored))
    figures = [
        Figure(name="saving a step, on a disk", value=1000 * on_disk, unit="ms"),
        Figure(name="saving a step, in the store", value=1000 * in_store, unit="ms"),
        Figure(name="more of a step", value=in_store - on_disk, unit="s", target=_TARGET_SECONDS),
        *(Figure(name=f"{kind} a step", value=count / steps, unit="") for kind, count in sorted(counts.items())),
        Figure(name="sent an hour of trials", value=sent / seconds * _SECONDS_PER_HOUR / 1e6, unit="MB"),
    ]
    show(f"{options.trials} trials of the digits in {steps} steps, {seconds:.0f} s", figures)


def _search(place: str, options: argparse.Namespace) -> tuple[Study, float]:
    """Return the study of a search there, and the seconds that it has taken."""
    began_at = time.perf_counter()
    size = (f"--trials={options.trials}", f"--epochs={options.epochs}", "--confirm=none")
    run("search", "--problem=digits", f"--state={place}", *size, "--quiet")
    return open_study(parse_state(place)), time.perf_counter() - began_at


def _saving(study: Study) -> float:
    return sum(each.seconds.get("saving", 0.0) for each in study.runs)


def _requests(metrics: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind, count in _REQUESTS.findall(_read(metrics)):
        found[kind] = found.get(kind, 0) + int(count)
    return found


def _sent(metrics: str) -> float:
    return sum(map(float, _BYTES.findall(_read(metrics))))


def _read(address: str) -> str:
    with urllib.request.urlopen(address) as answer:
        text: str = answer.read().decode()
    return text


if __name__ == "__main__":
    main()
