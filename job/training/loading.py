"""The data of a search where a trial needs them: those that the look at them has shared, or else loaded anew."""

from job import problems
from job.core.events import Notice
from job.core.problem import Sources
from job.data import Data, shared
from job.problems.checked import CheckedProblem
from job.problems.left_behind import Surroundings, surroundings
from job.training import Control, Setup


def load_data(problem: CheckedProblem, setup: Setup, control: Control) -> Data:
    """Return the data: mapped from what `load_to_share` has shared in this run, or else loaded by the problem.

    Shared ones are those that the run has looked at, whatever has become of their files since; what is loaded anew is
    whatever they hold now. Either way they have the same bits.
    """
    if setup.shared is not None and (data := shared.read(setup.shared)) is not None:
        return data
    return problem.load_data(setup.data, control.tell, seed=setup.seed)


def load_to_share(setup: Setup, control: Control) -> tuple[Data, bool]:
    """Return the data, and whether they may be shared: where to load them leaves nothing else behind.

    Raise as `job.problems.load_data` does.
    """
    before = _surroundings(setup)
    data = problems.load_data(setup.module, setup.data, control.tell, seed=setup.seed)
    if setup.shared is None:
        return data, False
    after = _surroundings(setup)
    return data, before is None or (after is not None and after.are_as(before))


def share(data: Data, setup: Setup, control: Control) -> None:
    """Have the trials of this run map the data, which are in arrays; without enough memory each loads them anew."""
    assert setup.shared is not None, "there is where to share them"
    try:
        shared.share(data, setup.shared)
    except shared.CannotShareError:
        return
    except shared.NoRoomError as error:
        control.tell(Notice(f"each trial loads the data anew, since they cannot be shared: {error}"))


def _surroundings(setup: Setup) -> Surroundings | None:
    """Return what the user's code may change; None for a built-in problem's, which leaves nothing behind."""
    if setup.shared is None or not isinstance(setup.module, Sources):
        return None
    problems.load(setup.module)
    return surroundings()
