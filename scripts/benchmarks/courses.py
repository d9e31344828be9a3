"""Whole searches on tasks, in as many processes as are asked for, and the file that keeps those that have ended."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from engines import begun
from figures import CannotMeasureError
from tasks import Task, task_named

from job.proposals.one_thread import on_one_thread


@dataclass(frozen=True)
class Search:
    """One search of an engine on a task."""

    seed: int
    engine: str
    task: str


@dataclass(frozen=True)
class Course:
    """How a search went: after so many trials, the true rank of the luckiest point, 0 to 1, and processor seconds."""

    ranks: Mapping[int, float]
    seconds: Mapping[int, float]


Courses = dict[Search, Course]


def courses_of(searches: Sequence[Search], after: Sequence[int], *, jobs: int, file: Path | None) -> Courses:
    """Return how each of the searches went after so many trials; those that `file` has are not done again.

    They are done in the order in which they are given, and each is added to the file as soon as it has ended.
    """
    known = _read(file) if file is not None and file.exists() else {}
    found = {each: known[each] for each in searches if each in known and set(after) <= set(known[each].ranks)}
    missing = [each for each in searches if each not in found]
    for done, (search, course) in enumerate(_done(missing, partial(course_of, after=after), jobs), start=1):
        found[search] = course
        if file is not None:
            _append(file, search, course)
        seconds = course.seconds[after[-1]]
        print(
            f"{done} of {len(missing)}: {search.engine} on {search.task}, seed {search.seed}: {seconds:.1f} s",
            file=sys.stderr,
        )
    return found


def course_of(search: Search, *, after: Sequence[int]) -> Course:
    """Do a search up to the last of `after`, which are numbers of trials in ascending order."""
    task = task_named(search.task)
    with on_one_thread():
        return _followed(task, search, after)


def _followed(task: Task, search: Search, after: Sequence[int]) -> Course:
    started = time.process_time()
    engine = begun(search.engine, task.space, task.seed_of_engine(search.seed))
    least, rank, ranks, seconds = float("inf"), 1.0, {}, {}
    for number in range(1, after[-1] + 1):
        params = engine.ask()
        loss = task.evaluate(params, search.seed, number)
        engine.tell(loss)
        if loss < least:
            least, rank = loss, task.rank(params)
        if number in after:
            ranks[number], seconds[number] = rank, time.process_time() - started
    return Course(ranks, seconds)


def _done(searches: Sequence[Search], course: Callable[[Search], Course], jobs: int) -> Iterator[tuple[Search, Course]]:
    """Yield the searches with their courses, as they end."""
    if jobs == 1:
        yield from ((each, course(each)) for each in searches)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as processes:
        futures = {processes.submit(course, each): each for each in searches}
        yield from ((futures[each], each.result()) for each in as_completed(futures))


def _append(file: Path, search: Search, course: Course) -> None:
    with file.open("a") as lines:
        lines.write(json.dumps({**asdict(search), **asdict(course)}) + "\n")


def _read(file: Path) -> Courses:
    """Return what a file has, without a last line that was cut off while it was written: the file loses it."""
    whole, end, cut_off = file.read_text().rpartition("\n")
    if cut_off:
        file.write_text(whole + end)
    return dict(map(_parsed, whole.splitlines()))


def _parsed(line: str) -> tuple[Search, Course]:
    try:
        found = json.loads(line)
        search = Search(found["seed"], found["engine"], found["task"])
        ranks, seconds = ({int(n): value for n, value in found[name].items()} for name in ("ranks", "seconds"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotMeasureError(f"expected lines of an earlier --save, found {line[:80]!r}") from error
    return search, Course(ranks, seconds)
