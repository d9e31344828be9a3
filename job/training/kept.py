"""Which weights of a trial are kept, and what they give."""

from collections.abc import Callable

import keras

from job.core.objective import Objective
from job.core.trial import EpochLogs, Keep, best_epoch
from job.training.checkpoint import Arrays
from job.training.variables import assign, digest_of, values_of, weights_digest


class KeptWeights:
    """The weights of one training so far, as far as they decide which are kept in the end."""

    def __init__(self, model: keras.Model, objective: Objective, keep: Keep) -> None:
        self._model, self._objective, self._keep = model, objective, keep
        self._validated: Arrays = ()
        self.digest = ""  # of the weights that were validated last
        self.best: Arrays = ()  # of the best epoch so far, where those are to be kept

    def take_up(self, *, digest: str, best: Arrays) -> None:
        """Go on with what an earlier attempt has found."""
        self.digest, self.best = digest, best

    def end_validation(self) -> None:
        """Take the weights as they are for those that the logs of the epoch tell of."""
        self._validated = values_of(self._model.weights)
        self.digest = digest_of(self._validated)

    def end_epoch(self, history: tuple[EpochLogs, ...]) -> None:
        """Keep the weights that were validated last if the last epoch of `history` is the best one so far."""
        was_validated = self._objective.metric in history[-1]
        if self._keep is Keep.BEST and was_validated and best_epoch(history, self._objective) == len(history) - 1:
            self.best = self._validated
        self._validated = ()

    def settle(self, history: tuple[EpochLogs, ...], validate: Callable[[], EpochLogs]) -> EpochLogs:
        """Give the model the weights that are kept, and return the logs of them.

        What callbacks and the optimizer have made of the weights after the last validation is validated by `validate`.
        """
        if self._keep is Keep.BEST and self.best:
            assign(self._model.weights, self.best)
            return history[best_epoch(history, self._objective)]
        if weights_digest(self._model) == self.digest and self._objective.metric in history[-1]:
            return history[-1]
        return {**history[-1], **validate()}
