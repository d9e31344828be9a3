"""Measured figures, each beside its target, as a table."""

import resource
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal


class CannotMeasureError(Exception):
    """What was to be measured did not run."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value; without a target it only explains another."""

    name: str
    value: float
    unit: str
    target: float | None = None
    better: Literal["less", "more"] = "less"

    @property
    def verdict(self) -> str:
        """Say whether the target is met; empty without one."""
        if self.target is None:
            return ""
        met = self.value <= self.target if self.better == "less" else self.value >= self.target
        return "met" if met else "missed"

    @property
    def bound(self) -> str:
        """Return the target as a person writes it."""
        sign = "<=" if self.better == "less" else ">="
        return "" if self.target is None else f"{sign} {self.target:g}"


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print the figures as a table."""
    rows = [(each.name, f"{each.value:.4g}", each.unit, each.bound, each.verdict) for each in figures]
    show_table(title, [("", "measured", "", "target", ""), *rows], right={1})


def show_table(title: str, rows: Sequence[Sequence[str]], *, right: Collection[int]) -> None:
    """Print rows of cells below each other, the first of which is the head; columns `right` end at the same place."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.rjust(width) if index in right else cell.ljust(width) for index, (cell, width) in enumerate(cells)
        )
        for cells in (list(zip(row, widths, strict=True)) for row in rows)
    ]
    sys.stdout.write("\n".join([title, *(line.rstrip() for line in lines)]) + "\n\n")
    sys.stdout.flush()


def seconds_of(action: Callable[[], object]) -> float:
    """Return the seconds of the wall clock that `action` takes."""
    before = time.perf_counter()
    action()
    return time.perf_counter() - before


def processor_seconds_of(action: Callable[[], object]) -> float:
    """Return the processor seconds of the processes that `action` starts and waits for, and of theirs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    action()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def exit_code(measure: Callable[[], None]) -> int:
    """Return 0 when `measure` has measured, whatever it found, and 1 when it could not."""
    try:
        measure()
    except CannotMeasureError as error:
        sys.stderr.write(f"cannot measure: {error}\n")
        return 1
    return 0
