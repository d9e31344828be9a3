"""What is told of a confirmation on its way: that it begins, who is left after each round, and that it is over."""

from job.core.confirmation import confirmation_of
from job.core.events import ConfirmationEnded, ConfirmationStarted, RoundEnded
from job.core.study import Study
from job.proposals.contenders import contenders
from job.run.open_run import OpenRun


def tell_of_beginning(run: OpenRun) -> None:
    """Tell that a confirmation begins, if the replicate that has just been planned is its first."""
    begun = confirmation_of(run.study)
    if begun is None or len(begun.replicates) > 1:
        return
    whole = confirmation_of(run.study, contenders)
    assert whole is not None, "it has begun"
    run.tell(ConfirmationStarted(whole.candidates, whole.effort.seeds, whole.effort.trainings))


def tell_of_round(run: OpenRun, before: Study) -> None:
    """Tell what the end of a replicate has ended: nothing, a round, or the confirmation. `before` was the study."""
    was, now = confirmation_of(before), confirmation_of(run.study)
    if was is None or now is None or was.is_over:
        return
    if now.is_over:
        run.tell(ConfirmationEnded(now.winner))
    elif (now.left, now.winner) != (was.left, was.winner):
        run.tell(RoundEnded(now.left, now.winner))
