"""The image: its size by layer, and how long a container of it takes to start, to find nothing to do, and to stop.

Each container runs as a cluster would run it: read-only, without a network, capabilities or root, on two trials of the
digits. Times are of the wall clock and with the engine's own work, as who calls it sees them:

- to the first line: from the call of `run` to the first line on standard error;
- to the first batch: to the first trial's first checkpoint, which `--checkpoint-seconds 0` has it write after its first
  batch, so that writing it counts too;
- with nothing left to do: from the call of `run` to its return, beside the same command on the same state without a
  container;
- from SIGTERM to the exit: without the engine, from the signal to process 1 until that is gone. A search of many trials
  is started again and again, and stopped at a random time after `run` has returned: while Python starts, TensorFlow is
  imported, a trial trains, or a proposal is made.

The engine is $DOCKER, or else docker or podman. The process ids of containers must be those of this machine.
"""

import argparse
import json
import os
import random
import re
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from figures import CannotMeasureError, Figure, exit_code, seconds_of, show
from program import run as run_outside

from job.errors import ExitCode

ENGINE = os.environ.get("DOCKER") or next((name for name in ("docker", "podman") if shutil.which(name)), "docker")
_IMAGES = ("hpo-job:cpu", "hpo-job:gpu")
_OPTIONS = (
    *("--read-only", "--tmpfs=/tmp", "--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
    f"--user={os.getuid()}:{os.getgid()}",
)
_SHORT_SEARCH = ("search", "--problem=digits", "--trials=2", "--epochs=1")
_LONG_SEARCH = ("search", "--problem=digits", "--trials=1000")
_RUNS = 5
_LARGEST_SECONDS = 300.0  # that anything may take
_MEGABYTE = 1e6  # bytes
_GRACE_SECONDS = 10.0  # the default of --grace-seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="*", help="to be weighed; the first is run too (default: those there are)")
    parser.add_argument("--stops", type=int, default=50)
    parser.add_argument("--longest", type=float, default=15.0, help="seconds after which a search is stopped at most")
    parser.add_argument("--seed", type=int, default=0, help="of the instants")
    sys.exit(exit_code(lambda: _measure(parser.parse_args())))


def _measure(options: argparse.Namespace) -> None:
    images = options.images or [name for name in _IMAGES if _call("images", "--quiet", name)]
    if not images:
        raise CannotMeasureError("there is no image; scripts/image builds one")
    for image in images:
        show(f"Size of {image}", size_by_layer(image))
    with tempfile.TemporaryDirectory() as folder:
        show(f"Start of {images[0]}, median of {_RUNS}", _of_start(images[0], Path(folder)))
        show(f"Nothing left to do, median of {_RUNS}", _of_nothing(images[0], Path(folder)))
        show(f"From SIGTERM to the exit, of {options.stops}", _of_stops(images[0], Path(folder), options))


def size_by_layer(image: str) -> list[Figure]:
    """Return the whole size, then what each instruction of the Dockerfile has added, in their order."""
    text = _call("history", "--no-trunc", "--human=false", "--format=json", image)
    # An array is podman's, and an object a line docker's; the names of their fields differ in case.
    records = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
    layers = [{name.lower(): value for name, value in record.items()} for record in records]
    sizes = [(_instruction(each["createdby"]), int(each["size"]) / _MEGABYTE) for each in reversed(layers)]
    whole = Figure(name="all layers", value=sum(size for _, size in sizes), unit="MB")
    return [whole, *(Figure(name=f"  {name}", value=size, unit="MB") for name, size in sizes if size > 0)]


def _instruction(text: str) -> str:
    """Return how a layer was made, without digests and what every one begins with."""
    text = re.sub(r"^(\|\d+ \S+ )?/bin/sh -c (#\(nop\) +)?|# buildkit|(dir|file|multi):[0-9a-f]+ in ", "", text)
    return " ".join(text.split())[:80]


def _of_start(image: str, folder: Path) -> list[Figure]:
    timed = [start(image, folder / f"start-{number}") for number in range(_RUNS)]
    line, batch = (median(column) for column in zip(*timed, strict=True))
    return [
        Figure(name="from `run` to the first line", value=line, unit="s"),
        Figure(name="from `run` to the first trial's first batch", value=batch, unit="s"),
    ]


def start(image: str, state: Path) -> tuple[float, float]:
    """Start a search, and return the seconds to its first line and to the checkpoint after its first batch."""
    state.mkdir()
    checkpoint = state / "trials" / "0001" / "checkpoint"
    name, began_at = _new_name(), time.monotonic()
    command = _command(name, image, state, *_SHORT_SEARCH, "--checkpoint-seconds=0")
    with _removing(name), subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None, "it is a pipe"
        if not process.stderr.readline():
            raise CannotMeasureError(f"expected a line, found that the container has ended with {process.wait()}")
        line_at = time.monotonic()
        _await_file(checkpoint)
        batch_at = time.monotonic()
        _call("rm", "--force", name)
    return line_at - began_at, batch_at - began_at


def _await_file(path: Path) -> None:
    deadline = time.monotonic() + _LARGEST_SECONDS
    while not path.exists():
        if time.monotonic() > deadline:
            raise CannotMeasureError(f"expected {path} within {_LARGEST_SECONDS:g} s")
        time.sleep(0.005)


def _of_nothing(image: str, folder: Path) -> list[Figure]:
    state = folder / "finished"
    state.mkdir()
    _run_to_end(image, state)
    inside = median(seconds_of(lambda: _run_to_end(image, state)) for _ in range(_RUNS))
    outside = median(seconds_of(lambda: run_outside(*_SHORT_SEARCH, f"--state={state}")) for _ in range(_RUNS))
    return [
        Figure(name="hpo-job search without a container", value=outside, unit="s"),
        Figure(name="from `run` to its return", value=inside, unit="s"),
        Figure(name="  the container's share", value=inside - outside, unit="s", target=1),
    ]


def _run_to_end(image: str, state: Path) -> None:
    name = _new_name()
    with _removing(name):
        _call(*_command(name, image, state, *_SHORT_SEARCH)[1:])


def _of_stops(image: str, folder: Path, options: argparse.Namespace) -> list[Figure]:
    state, instants = folder / "stopped", random.Random(options.seed)
    state.mkdir()
    stops = [stop(image, state, instants.uniform(0, options.longest)) for _ in range(options.stops)]
    seconds = [each for each, _ in stops]
    left_at_once = sum(code == ExitCode.SECOND_SIGTERM for _, code in stops)
    return [
        Figure(name="median", value=median(seconds), unit="s", target=5),
        Figure(name="worst", value=max(seconds), unit="s", target=_GRACE_SECONDS),
        Figure(name="  with exit code 75", value=len(stops) - left_at_once, unit=""),
        Figure(name="  with 143, before Python had the signals", value=left_at_once, unit=""),
    ]


def stop(image: str, state: Path, after_seconds: float) -> tuple[float, int]:
    """Start a search, stop it after a time, and return the seconds until it was gone, and its exit code."""
    name = _new_name()
    with _removing(name):
        _call("run", "--detach", *_command(name, image, state, *_LONG_SEARCH)[2:])
        process = os.pidfd_open(int(_call("inspect", "--format", "{{.State.Pid}}", name)))
        try:
            time.sleep(after_seconds)
            stopped_at = time.monotonic()
            signal.pidfd_send_signal(process, signal.SIGTERM)
            select.select([process], [], [], _LARGEST_SECONDS)
            seconds = time.monotonic() - stopped_at
        finally:
            os.close(process)
        code = int(_call("wait", name))
    if code not in (ExitCode.TEMPORARY_FAILURE, ExitCode.SECOND_SIGTERM):
        raise CannotMeasureError(f"expected a search that was stopped to leave with 75 or 143, found {code}")
    return seconds, code


def _command(name: str, image: str, state: Path, *arguments: str) -> list[str]:
    return [ENGINE, "run", f"--name={name}", *_OPTIONS, f"--volume={state}:/state", image, *arguments]


def _new_name() -> str:
    return f"hpo-job-benchmark-{secrets.token_hex(4)}"


@contextmanager
def _removing(name: str) -> Iterator[None]:
    """Remove a container after the block, in whatever state it is."""
    try:
        yield
    finally:
        subprocess.run([ENGINE, "rm", "--force", name], check=False, capture_output=True)


def _call(*arguments: str) -> str:
    """Return what the engine prints."""
    try:
        done = subprocess.run([ENGINE, *arguments], check=False, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise CannotMeasureError(f"there is no container engine: {error}") from error
    if done.returncode != 0:
        raise CannotMeasureError(f"{ENGINE} {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()


if __name__ == "__main__":
    main()
