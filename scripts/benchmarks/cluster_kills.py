"""Kill and freeze a search on a cluster and its workers at random instants, and compare its end with an unbroken one's.

The search listens on this machine, with its state in SeaweedFS or in a directory; its workers are processes that come
to it, each in a session of its own, and so stand for machines. A kill goes to all of a session, as when the machine
goes, which is started again after a moment. A freeze lasts longer than a worker is given up after. Both are given up
after seconds instead of a minute, and so is the lease of a state in the store; nothing else differs from a search
without this program.

Compared with the same search unbroken on one machine, in a directory, bit by bit, is all that `kill.py` compares, and
every step.

Exits 0 when nothing differs, 1 when something does or the search does not end.
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from broken import Course, Process, draw_acts
from figures import Figure, exit_code, show
from kill import differences, load, timeless
from program import free_port, run
from seaweedfs import BUCKET, seaweedfs

from job.core.ending import EndKind
from job.core.study import Study

_PROGRAM = Path(__file__).with_name("impatient.py")
_SEARCH = ("--problem=digits", "--initial-points=5", "--lookahead=8", "--threads=1", "--checkpoint-seconds=0.5")


def main() -> None:
    options = _parse_options()
    found: list[str] = []
    failed = exit_code(lambda: found.extend(_measure(options)))
    sys.exit(failed or bool(found))


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--epochs", type=int, default=8, help="of a trial")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--freezes", type=int, default=4)
    parser.add_argument("--longest", type=float, default=12.0, help="seconds from one to the next at most")
    parser.add_argument("--lost", type=float, default=8.0, help="seconds after which what does not answer is given up")
    parser.add_argument("--state", choices=["s3", "directory"], default="s3")
    parser.add_argument("--seed", type=int, default=0, help="of the instants, and of whom they hit")
    parser.add_argument("--folder", type=Path, help="where states and logs are left; without it they are removed")
    return parser.parse_args()


def _measure(options: argparse.Namespace) -> list[str]:
    """Return what differs."""
    with ExitStack() as held:
        folder: Path = options.folder or Path(held.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        unbroken, broken = folder / "unbroken", folder / "broken"
        began_at = time.monotonic()
        run("search", *_arguments(options), f"--state={unbroken}", "--quiet")
        print(f"unbroken, on one machine, it takes {time.monotonic() - began_at:.0f} s", flush=True)
        place = str(broken)
        if options.state == "s3":
            held.enter_context(seaweedfs(folder / "store"))
            place = f"s3://{BUCKET}/digits"
        course = _course(options, folder, place)
        seconds = course.go(draw_acts(options))
        if options.state == "s3":
            run("copy", place, str(broken))
        found = [*differences(unbroken, broken), *_differing_steps(load(unbroken), load(broken))]
        _show(options, course, seconds, load(broken), found)
    return found


def _show(options: argparse.Namespace, course: Course, seconds: float, study: Study, found: list[str]) -> None:
    print("\n".join(found))
    ends = [attempt.ended for step in study.steps for attempt in step.attempts]
    done = course.kills_of_search + course.kills_of_workers
    figures = [
        Figure(name="kills of the search", value=course.kills_of_search, unit=""),
        Figure(name="kills of workers", value=course.kills_of_workers, unit=""),
        Figure(name="freezes", value=course.freezes, unit=""),
        Figure(name="never done, since the search had ended", value=options.kills - done, unit="kills", target=0),
        Figure(name="the same", value=options.freezes - course.freezes, unit="freezes", target=0),
        Figure(name="runs of the search", value=len(study.runs), unit=""),
        Figure(name="attempts", value=len(ends), unit=""),
        Figure(name="attempts that went with their machine", value=ends.count(EndKind.GONE), unit=""),
        Figure(name="attempts that were handed back or ended with a run", value=ends.count(EndKind.LOST), unit=""),
        Figure(name="processes that left by themselves", value=course.left, unit=""),
        Figure(name="differences from the unbroken search", value=len(found), unit="", target=0),
    ]
    where = "SeaweedFS" if options.state == "s3" else "a directory"
    size = (
        f"{len(study.trials)} trials and {len(study.replicates)} replicates of the digits in {len(study.steps)} steps"
    )
    show(f"{size} on {options.workers} workers, with the state in {where}, {seconds:.0f} s", figures)


def _course(options: argparse.Namespace, folder: Path, place: str) -> Course:
    address = f"tcp://127.0.0.1:{free_port()}"
    command = [sys.executable, "-P", str(_PROGRAM), str(options.lost)]
    search = [*command, "search", *_arguments(options), f"--state={place}", f"--listen={address}"]
    worker = [*command, "worker", address]
    return Course(
        options,
        Process("the search", search, folder / "search.log"),
        [Process(f"worker {each}", worker, folder / f"worker-{each}.log") for each in range(1, options.workers + 1)],
        place,
    )


def _arguments(options: argparse.Namespace) -> list[str]:
    return [*_SEARCH, f"--trials={options.trials}", f"--epochs={options.epochs}"]


def _differing_steps(one: Study, other: Study) -> list[str]:
    pairs = zip(timeless(one).steps, timeless(other).steps, strict=False)
    found = [
        f"step {number}: {before}\n     against {after}"
        for number, (before, after) in enumerate(pairs, 1)
        if before != after
    ]
    if len(one.steps) != len(other.steps):
        found.append(f"{len(one.steps)} steps against {len(other.steps)}")
    return found


if __name__ == "__main__":
    main()
