"""What a proposal is made for: what the surrogate expects of it. It decides nothing."""

from job.core.expectation import Expectation
from job.core.fingerprint import ADDITIVE_GP
from job.core.journal import Enqueued
from job.core.known import Known
from job.core.past import known_at
from job.core.plan import NewTrial, Plan
from job.core.space import Params
from job.core.trial import Origin
from job.proposals.told import is_telling


def expected_of(study: Known, params: Params) -> Expectation | None:
    """Return what the surrogate expects of a point that it is asked for next; None where it is not asked, or knows
    too little.

    Right after the point was proposed from the same study, it takes no further fit.
    """
    if not study.fingerprint.asks_surrogate(len(study.trials) + 1) or not is_telling(study):
        return None
    # Here, so that a search that asks no surrogate loads no SciPy.
    if study.fingerprint.surrogate == ADDITIVE_GP:
        from job.proposals.additive_gp.expectation import model_expectation
    else:
        from job.proposals.scikit_optimize.expectation import model_expectation
    expected = model_expectation(study, params)
    return expected if expected is not None and expected.is_finite else None


def expected_when_planned(search: Known, planned: Plan) -> Expectation | None:
    """Return what was expected of the next step of a search by what was known when it was planned.

    None where it is no new trial, or its point was not the surrogate's choice: given, asked for with all its values, or
    of the design.
    """
    if not isinstance(planned, NewTrial) or not _is_chosen(search, planned):
        return None
    return expected_of(known_at(search, len(search.steps) + 1, planned.begins), planned.params)


def _is_chosen(search: Known, planned: NewTrial) -> bool:
    """Tell whether anything of a trial's point was chosen by the search."""
    asked = {entry.request: entry.input for entry in search.journal}
    match planned.origin:
        case Origin.PROPOSED:
            return True
        case Origin.ENQUEUED:
            return asked[planned.request] != Enqueued(planned.params)
    return False
