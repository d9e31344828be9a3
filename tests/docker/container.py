"""Containers of the image in the tests: sealed off, watched through their volumes, and gone in the end."""

import json
import os
import runpy
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from job.core.study import Study
from job.core.trial import Status
from job.state.directory import StateDirectory
from tests.docker import engine
from tests.fakes import ROOT_OF_SOURCES

USER = 10_001  # the image's
GRACE_SECONDS = 10.0  # the default of --grace-seconds
# What one step of a test may take on a busy machine.
PATIENCE_SECONDS = 180.0

# As strict as a cluster may be. What podman adds to --read-only by itself would be more than docker gives.
SEALED = (
    *("--read-only", "--tmpfs=/tmp", "--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
    *(("--read-only-tmpfs=false",) if Path(engine.ENGINE).name == "podman" else ()),
)
# Three trials: the default point, one of the design, and what the surrogate makes of those.
SEARCH = ("search", "--problem=digits", "--trials=3", "--initial-points=1", "--epochs=8", "--rungs=none")
# The same search, which saves after every batch; how often it saves decides no trial.
BUSY_SEARCH = (*SEARCH, "--checkpoint-seconds=0")


@dataclass(frozen=True)
class Container:
    """One that has been started, and may have ended."""

    name: str

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Return the exit code once it has ended."""
        return int(_engine("wait", self.name, timeout=seconds))

    def stop(self) -> int:
        """Ask it to stop, kill it after the grace period, and return the exit code."""
        _engine("stop", "-t", f"{GRACE_SECONDS:.0f}", self.name)
        return self.wait()

    def send(self, signal: str) -> None:
        _engine("kill", "--signal", signal, self.name)

    @property
    def is_running(self) -> bool:
        return self._inspect("{{.State.Running}}") == "true"

    @property
    def init(self) -> int:
        """Its process 1, as the host numbers it."""
        return int(self._inspect("{{.State.Pid}}"))

    @property
    def processes(self) -> tuple[int, ...]:
        """All its processes as the host numbers them, the youngest last."""
        namespace = _namespace(self.init)
        numbers = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())
        return tuple(sorted((each for each in numbers if _namespace(each) == namespace), key=_started_at))

    @property
    def output(self) -> str:
        """What it has written to standard output."""
        return engine.run("logs", self.name).stdout

    @property
    def errors(self) -> str:
        """What it has written to standard error."""
        return engine.run("logs", self.name).stderr

    @property
    def changes(self) -> set[str]:
        """What differs from the image in its own file system, the engine's own changes included."""
        return set(_engine("diff", self.name).splitlines())

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Hold all its processes where they are; signals reach them afterwards."""
        _engine("pause", self.name)
        try:
            yield
        finally:
            _engine("unpause", self.name)

    def _inspect(self, form: str) -> str:
        return _engine("inspect", "--format", form, self.name).strip()


@dataclass
class Containers:
    """Starts containers of an image, and removes them."""

    image: str
    started: list[Container] = field(default_factory=list)

    def start(self, volume: Path | str, *arguments: str, options: Sequence[str] = SEALED) -> Container:
        """Run `hpo-job ARGUMENTS` on a volume; `options` are the engine's."""
        container = Container(f"hpo-job-test-{secrets.token_hex(4)}")
        self.started.append(container)
        mount = f"--volume={volume}" if ":" in str(volume) else f"--volume={volume}:/state"
        _engine("run", "--detach", f"--name={container.name}", mount, *options, self.image, *arguments)
        return container

    def run(self, volume: Path | str, *arguments: str, options: Sequence[str] = SEALED) -> Container:
        """Do the same to the end."""
        container = self.start(volume, *arguments, options=options)
        container.wait()
        return container

    def remove(self) -> None:
        for container in self.started:
            engine.run("rm", "--force", "--volumes", container.name)


@contextmanager
def containers_of(image: str) -> Iterator[Containers]:
    """Yield a place to start containers; none outlives the block."""
    containers = Containers(image)
    try:
        yield containers
    finally:
        containers.remove()


def volume(path: Path, *, owner: int = USER) -> Path:
    """Make a directory that belongs to `owner` alone, to be mounted."""
    path.mkdir()
    give(path, owner)
    return path


def copy_of(state: Path, path: Path) -> Path:
    """Return another volume with the same files, of the same owners."""
    shutil.copytree(state, path)
    give(path, USER)
    return path


def give(path: Path, owner: int) -> None:
    """Make a directory, and all below it, `owner`'s."""
    for each in (path, *path.rglob("*")):
        os.chown(each, owner, owner)


def message_file(path: Path) -> Path:
    """Make a file as the kubelet does for a container's last words."""
    path.touch()
    path.chmod(0o666)
    return path


def until(claim: Callable[[], object], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, f"expected it within {seconds} s"
        time.sleep(0.01)


def study_in(state: Path) -> Study | None:
    return StateDirectory(state).read().study


def trains(state: Path, number: int) -> bool:
    """Tell whether trial `number` has an epoch behind it, and more to come."""
    study = study_in(state)
    running = study.with_status(Status.RUNNING) if study is not None else ()
    return any(trial.number == number and trial.epochs > 0 for trial in running)


def half_written(state: Path) -> list[Path]:
    """Return the files that are being saved, or whose saving was cut short."""
    return list(state.rglob(".tmp-*"))


@contextmanager
def frozen_in_a_save(container: Container, state: Path) -> Iterator[None]:
    """Hold a container at an instant at which a file is half written."""
    for _ in range(100):
        until(lambda: half_written(state))
        with container.frozen():
            if half_written(state):
                yield
                return
    raise AssertionError("expected a search that saves all the time")


def differences(one: Path, other: Path) -> list[str]:
    """Return what differs between the ends of two searches, bit by bit, but for times."""
    compare = runpy.run_path(str(ROOT_OF_SOURCES / "scripts" / "benchmarks" / "kill.py"))["differences"]
    return list(compare(one, other))


def report_in(state: Path) -> dict[str, object]:
    report: dict[str, object] = json.loads((state / "report" / "report.json").read_text())
    return report


def _engine(*arguments: str, timeout: float = PATIENCE_SECONDS) -> str:
    done = engine.run(*arguments, timeout=timeout)
    assert done.returncode == 0, f"{engine.ENGINE} {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def _namespace(process: int) -> str:
    try:
        return str(Path(f"/proc/{process}/ns/pid").readlink())
    except OSError:  # it has just ended
        return ""


def _started_at(process: int) -> int:
    """Return when a process started, in the kernel's ticks since it booted; see proc_pid_stat(5)."""
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return 0
