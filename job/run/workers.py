"""How many workers a run has, and what a search that begins takes from that: its lookahead and its threads."""

from collections.abc import Callable
from dataclasses import replace

from job.errors import SettingsError
from job.executors.room import Machine, fair_share, room_for_workers
from job.settings import Settings
from job.threads import threads_to_begin_with, threads_told
from job.words import count

# With as many virtual workers as real ones these wait for each other; twice as many keep them at work.
_VIRTUAL_FOR_EACH = 2
_LOOKAHEAD_ON_CLUSTER = 8  # how many workers will come is not known


def begun_with(settings: Settings, machine: Callable[[], Machine]) -> Settings:
    """Return the settings of a search that begins, with the lookahead and the threads that go with its workers.

    What machines of a cluster are like is not known yet: a trial has one thread there unless it is told otherwise.
    """
    if settings.is_on_cluster:
        most = most_on_cluster(settings)
        lookahead = settings.lookahead or (_LOOKAHEAD_ON_CLUSTER if most is None else _VIRTUAL_FOR_EACH * most)
        return replace(settings, lookahead=lookahead, threads=settings.threads or threads_told() or 1)
    workers = settings.workers or _room(settings, machine())
    lookahead = settings.lookahead or (1 if workers == 1 else _VIRTUAL_FOR_EACH * workers)
    threads = settings.threads or threads_to_begin_with(workers=min(workers, lookahead))
    return replace(settings, lookahead=lookahead, threads=threads)


def most_on_cluster(settings: Settings) -> int | None:
    """Return how many workers of a cluster are at work at a time, at most; None: all that there are."""
    return settings.workers if settings.is_given("workers") else None


def check_sharing(settings: Settings, machine: Callable[[], Machine], *, begins: bool) -> None:
    """Raise SettingsError where trials are to share a GPU, and nothing says what each takes of it, or too much."""
    if settings.trials_per_gpu == 1:
        return
    trials, memory = settings.trials_per_gpu, settings.gpu_memory
    here = Machine(cores=1) if settings.is_on_cluster else machine()  # elsewhere is not known yet
    if memory is None:
        share = fair_share(here, trials)
        raise SettingsError(
            f"--trials-per-gpu: expected --gpu-memory with it, found {trials} trials that share a GPU without",
            hint=f"give --gpu-memory {'in MiB' if share is None else share}, which lasts as long as the search"
            if begins
            else "leave it out: the search was begun with trials that take as much memory of a GPU as they need",
        )
    if here.gpu_mebibytes is not None and trials * memory > here.gpu_mebibytes:
        raise SettingsError(
            f"--trials-per-gpu: expected trials that fit into the {here.gpu_mebibytes} MiB of a GPU, found {trials} "
            f"that take {memory} MiB each",
            hint=f"give --trials-per-gpu {max(here.gpu_mebibytes // memory, 1)}",
        )


def workers_at_work(settings: Settings, machine: Callable[[], Machine]) -> tuple[int, str]:
    """Return how many workers a run has under settings in force, and what is to be said of that; empty: nothing.

    No more are of use than trials are planned at a time, or have a GPU.
    """
    if settings.workers == 1:
        return 1, ""
    here, lookahead = machine(), settings.lookahead or 1
    asked = settings.workers or _room(settings, here)
    on_gpus = len(here.gpus) * settings.trials_per_gpu or asked
    workers = min(asked, lookahead, on_gpus)
    if workers < asked and workers == lookahead:
        return workers, f"{_found(settings, asked)}: {workers} at work, as many as the search plans at a time"
    if workers < asked:
        return workers, f"{_found(settings, asked)}: {workers} at work, on {count(len(here.gpus), 'GPU')}"
    return workers, f"{count(workers, 'worker')}" if settings.workers is None else ""


def _found(settings: Settings, workers: int) -> str:
    return f"--workers {settings.workers or f'auto, {workers} here'}"


def _room(settings: Settings, machine: Machine) -> int:
    threads = settings.threads or threads_told()
    return room_for_workers(machine, threads=threads, trials_per_gpu=settings.trials_per_gpu)
