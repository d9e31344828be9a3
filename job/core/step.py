"""Step: one call of `advance`, planned on a virtual worker in virtual time."""

from dataclasses import dataclass, replace

from job.core.ending import EndKind

_MAYBE_OF_OTHERS = (EndKind.DIED, EndKind.OUT_OF_MEMORY, EndKind.TIMED_OUT)
_KILLS_IN_COMPANY = 1  # of the run, after which a step may still have company


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One start of a step, in a process of its own."""

    run: int  # the number of the run that started it, from 1
    started_at: float  # Unix time
    ended: EndKind | None = None  # None: it is at work, or its run was killed before it heard of an end
    ended_at: float | None = None
    reason: str = ""  # why, unless it ended well
    place: str = ""  # the machine, where it is not that of the run
    in_company: bool = False  # whether other steps ran beside it on that machine

    @property
    def is_unheard(self) -> bool:
        """Whether nothing has been heard of how it ended, and it may be why: its run was killed, or its machine went.

        A run that was killed while it was on another machine has no more to do with it than a request to stop.
        """
        return self.ended is EndKind.GONE or (self.ended is None and not self.place)

    @property
    def was_left(self) -> bool:
        """Whether its run was killed while it was on another machine, where that was begun anew since."""
        return self.ended is None and bool(self.place)


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """What a trial needs to go on beyond a rung."""

    epochs: float  # the rung
    score: float | None = None  # in natural units; one that is worse stops. None: the trial goes on whatever it has


@dataclass(frozen=True, kw_only=True)
class Step:
    """Training of one trial, from where it stands up to an epoch.

    `begins` and `ends` are virtual times: a step takes the batches that it trains, and some for its start, each times
    the trial's cost. One that fails takes all of the epoch in which it did so, since nobody knows how far it came.
    """

    number: int  # from 1, in the order in which they were planned
    trial: int
    worker: int = 1  # the virtual one
    from_epoch: int = 0
    from_batch: int = 0  # of the epoch after that
    to_epoch: int
    begins: float
    ends: float | None = None  # None while it is pending
    ended: EndKind | None = None
    seconds: float = 0.0  # of training
    attempts: tuple[Attempt, ...] = ()
    thresholds: tuple[Threshold, ...] = ()  # of the rungs before it, ascending
    stopped_at: float | None = None  # the rung, in epochs, at which it stayed below the threshold
    request: str = ""  # the name of the input that it carries out, of one that a user asked for

    @property
    def is_pending(self) -> bool:
        return self.ends is None

    @property
    def begins_trial(self) -> bool:
        """Whether it begins at the trial's start, and does not go on from where another step has stopped."""
        return self.from_epoch == self.from_batch == 0

    def known_at(self, now: float) -> bool:
        """Tell whether it has ended by a virtual time."""
        return self.ends is not None and self.ends <= now

    @property
    def last_attempt(self) -> Attempt | None:
        """The last attempt, but for those that something else has ended; None before the first."""
        return next((each for each in reversed(self.attempts) if each.ended is not EndKind.LOST), None)

    @property
    def failed_in_company(self) -> bool:
        """Whether the last attempt failed beside others, in a way of which these may be the cause."""
        last = self.last_attempt
        return last is not None and last.in_company and last.ended in _MAYBE_OF_OTHERS

    @property
    def was_late_in_company(self) -> bool:
        """Whether an attempt took too long, but had to share the machine."""
        return any(each.ended is EndKind.TIMED_OUT and each.in_company for each in self.attempts)

    def needs_the_machine(self, attempts: int) -> bool:
        """Tell whether it must run alone, after so many starts since its trial last got on.

        So it is found out what it comes from when a step dies, is late or runs out of memory, or when the run is
        killed with it again and again.
        """
        last = self.last_attempt
        if last is None:
            return False
        if last.ended in _MAYBE_OF_OTHERS:
            return True
        return last.is_unheard and (not last.in_company or attempts > _KILLS_IN_COMPANY)

    def joined(self) -> "Step":
        """Return the step with another one beside its last attempt."""
        return replace(self, attempts=(*self.attempts[:-1], replace(self.attempts[-1], in_company=True)))

    def started(self, attempt: Attempt) -> "Step":
        """Return the step with one more attempt."""
        return replace(self, attempts=(*self.attempts, attempt))

    def attempt_ended(self, ended: EndKind, *, now: float, reason: str = "") -> "Step":
        """Return the step with what became of its last attempt; as it is where that is known, or there is none."""
        if not self.attempts or self.attempts[-1].ended is not None:
            return self
        last = replace(self.attempts[-1], ended=ended, ended_at=now, reason=reason)
        return replace(self, attempts=(*self.attempts[:-1], last))
