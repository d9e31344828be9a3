"""The steps of a training that may begin in the middle of an epoch."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from job.errors import SettingsError
from job.training.feeding import Batches
from job.training.untuned import untuned

if TYPE_CHECKING:
    import tensorflow as tf


class Steps:
    """A model's train function, as `fit` calls it: on the batches of the epoch in hand that are not through yet.

    So `fit` counts every batch of every epoch, though it is given none: `counted_by` is the data set for it.
    """

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        self._train: Callable[[Any], Any] | None = None
        self._iterator: Any = None
        self._first = 0  # batch of the epoch that is not through yet
        self._announced: int | None = None

    @property
    def counted_by(self) -> "tf.data.Dataset":
        """A data set of as many elements as an epoch has batches."""
        import tensorflow as tf

        return untuned(tf.data.Dataset.range(len(self._batches)))

    def wrap(self, train: Callable[[Any], Any]) -> "Steps":
        """Return what to call instead of `train`, which is Keras's."""
        self._train = train
        return self

    def open(self, epoch: int, *, first: int) -> None:
        """Begin `epoch` (from 0) at batch `first`."""
        self._first = first
        self._iterator = iter(self._batches.epoch(epoch, first=first))

    def is_through(self, batch: int) -> bool:
        """Tell whether an earlier attempt has trained `batch` of the epoch in hand."""
        return batch < self._first

    def announce(self, batch: int) -> None:
        """Take the next call as that of `fit` for `batch`; a call that is not announced is a callback's."""
        self._announced = batch

    def __call__(self, iterator: Any) -> Any:
        """Train on the next batch, or on as many as the model takes at once; return the logs."""
        assert self._train is not None, "wrap comes first"
        batch, self._announced = self._announced, None
        if batch is None:
            return self._train(iterator)
        return {} if self.is_through(batch) else self._trained()

    def _trained(self) -> Any:
        """Train on the next batch; what the problem's code raises while it makes one comes out as it is."""
        import tensorflow as tf

        assert self._train is not None, "wrap comes first"
        try:
            return self._train(self._iterator)
        except tf.errors.OutOfRangeError as error:
            raise SettingsError(
                f"train: expected {len(self._batches):,} batches in each epoch, as in the first one, found fewer"
            ) from error
        except Exception:
            if self._batches.error is not None:
                raise self._batches.error from None
            raise
