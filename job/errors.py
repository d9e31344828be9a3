"""The errors that a user can mend, each with its exit code.

    JobError
    ├── SettingsError           2    bad command line, settings or problem
    ├── StateUnreadableError   65    no generation of the state can be read
    ├── DataMissingError       66    the data set is missing or is not what it should be
    ├── NoProgressError        70    no trial succeeds, or one start after another gets nowhere
    ├── StateLockedError       73    another run holds the state directory
    ├── StateUnwritableError   74    the state cannot be written; the last good one is intact
    ├── InterruptedRunError    75    stopped by a signal or a deadline, all saved
    │   └── StateLostError     75    another run has taken the state over
    ├── ClusterLostError       75    the scheduler of the cluster has gone, all saved
    ├── StatePermissionError   77    no permission
    ├── SettingsChangedError   78    the state belongs to other settings
    ├── StateUnsuitableError   78    the store of the state cannot keep two runs apart
    └── DeviceMissingError     78    there is no GPU where one was asked for

The numbers from 64 up are those of BSD's sysexits.h. `hpo-job verify` ends with 65 too, where anything differs.
"""

from enum import Enum, IntEnum


class Rerun(Enum):
    """Whether the same command is worth running again, which is what a scheduler asks an exit code."""

    NEVER = "no"
    AT_ONCE = "yes, at once"
    LATER = "later"
    COUNTED = "counts as a failure"


class ExitCode(IntEnum):
    """What the process tells cron or Kubernetes when it ends."""

    OK = 0
    BUG = 1
    USAGE = 2
    DATA_ERROR = 65
    NO_INPUT = 66
    SOFTWARE = 70
    CANNOT_CREATE = 73
    IO_ERROR = 74
    TEMPORARY_FAILURE = 75
    NO_PERMISSION = 77
    CONFIG = 78
    SECOND_SIGINT = 130
    SECOND_SIGTERM = 143

    @property
    def rerun(self) -> Rerun:
        match self:
            case ExitCode.TEMPORARY_FAILURE | ExitCode.SECOND_SIGINT | ExitCode.SECOND_SIGTERM:
                return Rerun.AT_ONCE
            case ExitCode.CANNOT_CREATE:
                return Rerun.LATER
            case ExitCode.BUG | ExitCode.IO_ERROR:
                return Rerun.COUNTED
            case _:
                return Rerun.NEVER


class JobError(Exception):
    """A failure with a message for the user: what was expected, what was found, and in `hint` what to do next."""

    exit_code = ExitCode.BUG

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def in_one_line(self) -> str:
        """The message, and what to do next where that is known."""
        return "; ".join(filter(None, (str(self), self.hint)))

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), str(self), self.hint))


def exit_code_of(error: BaseException | None) -> ExitCode:
    """Return the exit code of a run that ends in `error`; None is no error, and any that is not ours is a bug."""
    if error is None:
        return ExitCode.OK
    return error.exit_code if isinstance(error, JobError) else ExitCode.BUG


def _rebuild(kind: type[JobError], message: str, hint: str) -> JobError:
    return kind(message, hint=hint)


class SettingsError(JobError):
    """The command line, the environment, the settings file or the problem is not usable."""

    exit_code = ExitCode.USAGE


class StateUnreadableError(JobError):
    """No generation of the state can be read."""

    exit_code = ExitCode.DATA_ERROR


class DataMissingError(JobError):
    """The data set is missing, or a file of it is not what it should be."""

    exit_code = ExitCode.NO_INPUT


class NoProgressError(JobError):
    """Trials fail one after another, or none has succeeded."""

    exit_code = ExitCode.SOFTWARE


class StateLockedError(JobError):
    """Another run holds the state directory."""

    exit_code = ExitCode.CANNOT_CREATE


class StateUnwritableError(JobError):
    """The state cannot be written; what was saved last is intact."""

    exit_code = ExitCode.IO_ERROR


class InterruptedRunError(JobError):
    """The run was asked to stop before the search had ended; everything is saved."""

    exit_code = ExitCode.TEMPORARY_FAILURE


class StateLostError(InterruptedRunError):
    """Another run has taken the state over; what was saved last is there, and gone on with."""


class ClusterLostError(JobError):
    """The scheduler of the cluster that trials are trained on has gone; all is saved."""

    exit_code = ExitCode.TEMPORARY_FAILURE


class StatePermissionError(JobError):
    """The state directory, or a file in it, may not be read or written by this user."""

    exit_code = ExitCode.NO_PERMISSION


class SettingsChangedError(JobError):
    """The state belongs to a search with other settings."""

    exit_code = ExitCode.CONFIG


class StateUnsuitableError(JobError):
    """The store of the state cannot keep two runs apart."""

    exit_code = ExitCode.CONFIG


class DeviceMissingError(JobError):
    """There is no GPU where one was asked for."""

    exit_code = ExitCode.CONFIG
