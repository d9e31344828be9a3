"""What one check has found, and what is to be done about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from job.errors import ExitCode


class Verdict(StrEnum):
    """How a check came out; `unknown` when it could not be made."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    subject: str  # what it belongs to, as a heading
    name: str
    verdict: Verdict = Verdict.OK
    found: str
    hint: str = ""  # what to do about it
    exit_code: ExitCode = ExitCode.CONFIG  # of the command, if this is a failure
    values: Mapping[str, object] = field(default_factory=dict)  # what was measured, as data for JSON


def exit_code(checks: tuple[Check, ...]) -> ExitCode:
    """Return the code of the worst failure; what no repetition mends counts as worse than what one may mend."""
    failed = {check.exit_code for check in checks if check.verdict is Verdict.FAILURE}
    worst_first = (ExitCode.NO_PERMISSION, ExitCode.CONFIG, ExitCode.IO_ERROR)
    return next((code for code in worst_first if code in failed), ExitCode.OK)
