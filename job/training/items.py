"""The items of a `keras.utils.PyDataset` as a data set of TensorFlow's, one made after another when it is asked for."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from job.data.arrays import Array, Nested, holds_texts, leaves, mapped
from job.data.batch_checks import checked_batch
from job.problems.generators import drawn_by
from job.training.untuned import untuned

if TYPE_CHECKING:
    import tensorflow as tf


class Items:
    """Items that are made each under random numbers of its own: `seed_of` gives the seed for its index."""

    def __init__(self, source: Any, seed_of: Callable[[int], int]) -> None:
        self._source, self._seed_of = source, seed_of
        self.error: Exception | None = None

    def __getitem__(self, index: int) -> tuple[Nested, ...]:
        with drawn_by(self._seed_of(index)):
            batch = self._source[index]
        return tuple(mapped(_as_array, each) for each in checked_batch(batch, f"batch {index}"))

    def dataset(self, order: Iterable[int]) -> "tf.data.Dataset":
        """Return the items whose indices are in `order`."""
        import tensorflow as tf

        indices = [int(each) for each in order]
        made = tf.data.Dataset.from_generator(lambda: self._made(indices), output_signature=self._signature())
        return untuned(made.apply(tf.data.experimental.assert_cardinality(len(indices))))

    def _made(self, indices: list[int]) -> Iterator[tuple[Nested, ...]]:
        """Yield the items; keep what the problem's code raises, of which TensorFlow tells in words of its own."""
        for index in indices:
            try:
                item = self[index]
            except Exception as error:
                self.error = error
                raise
            yield item

    def _signature(self) -> Nested:
        """Return what the items are, by the first and the last one: lengths in which these differ are open."""
        import tensorflow as tf

        first, last = self[0], dict(leaves(self[self._source.num_batches - 1], ""))

        def spec(array: Array, place: str) -> "tf.TensorSpec":
            lengths = zip(array.shape[1:], last[place].shape[1:], strict=True)
            shape = (None, *(one if one == another else None for one, another in lengths))
            return tf.TensorSpec(shape, tf.string if holds_texts(array) else tf.as_dtype(array.dtype))

        return mapped(spec, first)


def _as_array(given: Any, _: str) -> Array:
    return np.asarray(given)
