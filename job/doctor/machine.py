"""The machine as a process sees it: versions, CPUs, memory, the directory for temporary files."""

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence

from job import cgroup
from job.doctor.check import Check, Verdict
from job.executors.room import machine_here, room_for_workers
from job.memory import memory_info
from job.threads import threads_to_begin_with
from job.training.cpu import read_cpu
from job.training.devices import Device
from job.versions import library_versions, program_versions
from job.words import count, format_size

SUBJECT = "Machine"

# A search takes about 0.6 GB with TensorFlow imported, and a trial on the CPU as much again.
_ENOUGH_MEMORY = 2 * 10**9  # bytes
_ENOUGH_TEMPORARY = 10**8  # bytes


def check_machine() -> Iterator[Check]:
    """Yield what there is to say about the machine itself."""
    yield from (
        _attempt("versions", _check_versions),
        _attempt("CPU", _check_cpu),
        _attempt("memory", lambda name: check_memory(name, cgroup.memory_limit())),
        _attempt("temporary files", _check_temporary),
    )


def check_workers(devices: Sequence[Device]) -> Check:
    """Tell how many trials may train at a time here; `devices` are what TensorFlow trains on, as far as is known."""
    here = machine_here(devices)
    workers = room_for_workers(here)
    on_gpus = f", on {count(len(here.gpus), 'GPU')}" if here.gpus else ""
    return Check(
        subject=SUBJECT,
        name="workers",
        found=f"a search with --workers auto trains {count(workers, 'trial')} at a time{on_gpus}",
        values={"auto": workers, "cores": here.cores, "memory_bytes": here.memory_bytes, "gpus": len(here.gpus)},
    )


def _attempt(name: str, check: Callable[[str], Check]) -> Check:
    """Make a check, and tell if what it reads cannot be read or is not what is known of it."""
    try:
        return check(name)
    except (OSError, ValueError) as error:
        return Check(subject=SUBJECT, name=name, verdict=Verdict.UNKNOWN, found=f"{type(error).__name__}: {error}")


def _check_versions(name: str) -> Check:
    known, libraries = program_versions(), library_versions()
    found = ", ".join(
        (*(f"{each} {number}" for each, number in known.items()), f"{platform.system()} {platform.machine()}")
    )
    missing = [library for library, number in libraries.items() if number is None]
    return Check(
        subject=SUBJECT,
        name=name,
        verdict=Verdict.FAILURE if missing else Verdict.OK,
        found=f"{found}; not installed: {', '.join(missing)}" if missing else found,
        hint="install hpo-job with what it depends on: scripts/search does, and the image has it" if missing else "",
        values={"platform": platform.platform(), **known, **libraries},
    )


def _check_cpu(name: str) -> Check:
    usable, all_of_them, quota = len(os.sched_getaffinity(0)), os.cpu_count(), cgroup.cpu_limit()
    short = quota is not None and quota < 1
    time = f", and the time of {quota:.3g}" if quota is not None and quota < usable else ""
    threads = threads_to_begin_with()
    return Check(
        subject=SUBJECT,
        name=name,
        verdict=Verdict.WARNING if short else Verdict.OK,
        found=f"{read_cpu().name}: {usable} of {all_of_them} may be used{time}; "
        f"a search that begins here takes {count(threads, 'thread')}",
        hint="give the container one CPU or more: --cpus, or resources.limits.cpu" if short else "",
        values={"name": read_cpu().name, "usable": usable, "cpus": all_of_them, "quota": quota, "threads": threads},
    )


def check_memory(name: str, limit: cgroup.MemoryLimit | None) -> Check:
    """Judge the memory of the machine, or what the container's limit leaves of it."""
    total, available = memory_info("MemTotal"), memory_info("MemAvailable")
    usable = total if limit is None else min(limit.limit, total)
    found = f"{format_size(total)}, {format_size(available)} of it available; no limit is set"
    if limit is not None:
        found = f"limited to {format_size(limit.limit)}, {format_size(limit.used)} of it in use"
    short = usable < _ENOUGH_MEMORY
    return Check(
        subject=SUBJECT,
        name=name,
        verdict=Verdict.WARNING if short else Verdict.OK,
        found=found,
        hint=f"give it {format_size(_ENOUGH_MEMORY)} or more (--memory, or resources.limits.memory): a trial that "
        "outgrows the limit is killed"
        if short
        else "",
        values={
            "total_bytes": total,
            "available_bytes": available,
            "limit_bytes": None if limit is None else limit.limit,
            "used_bytes": None if limit is None else limit.used,
        },
    )


def _check_temporary(name: str) -> Check:
    hint = "mount one: --tmpfs /tmp, or an emptyDir on /tmp; or name another directory in TMPDIR"
    try:
        directory = tempfile.gettempdir()  # raises unless it can write there
    except FileNotFoundError as error:
        return Check(subject=SUBJECT, name=name, verdict=Verdict.FAILURE, found=error.strerror or str(error), hint=hint)
    free = shutil.disk_usage(directory).free
    short = free < _ENOUGH_TEMPORARY
    return Check(
        subject=SUBJECT,
        name=name,
        verdict=Verdict.WARNING if short else Verdict.OK,
        found=f"{directory} can be written to, {format_size(free)} free",
        hint="make it larger, or name another directory in TMPDIR" if short else "",
        values={"directory": directory, "free_bytes": free},
    )
