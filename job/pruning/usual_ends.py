"""How trials usually end that had a certain score at a rung: no better than those that were better there."""

import numpy as np
from scipy.optimize import isotonic_regression

from job.pruning.rung_scores import Floats, RungScores


def usual_ends(scores: RungScores) -> Floats:
    """Return the final losses of trials, (n_trials,): those that are known, and others by isotonic regression.

    That is of final losses on losses at the last rung that a trial has reached, by pooling adjacent violators (Ayer et
    al. 1955), with straight lines between its steps. Made from the last rung down, so that those that came farther
    count too. NaN where nothing is known.
    """
    ends = scores.losses[:, -1].copy()
    for at in scores.losses.T[-2::-1]:
        reached, is_known = ~np.isnan(at), ~np.isnan(ends)
        among, wanted = reached & is_known, reached & ~is_known
        if among.any():
            order = np.lexsort((ends[among], at[among]))
            fitted = isotonic_regression(ends[among][order]).x
            ends[wanted] = np.interp(at[wanted], at[among][order], fitted)
    return ends
