"""Examples as batches: in an order that depends on the epoch alone, and images as uint8 until they are batched."""

from typing import TYPE_CHECKING

import numpy as np

from job.core.randomness import Purpose, Seeds, seed_for
from job.data import Images, Part
from job.data.arrays import Array, Nested, holds_texts, leaves, mapped, n_examples, unpacked
from job.data.batched import is_dataset, is_py_dataset
from job.data.shared import memory_of
from job.training.items import Items
from job.training.untuned import untuned

if TYPE_CHECKING:
    import tensorflow as tf

# Examples in a batch where nothing is trained: as fast as it gets on the machines at hand, for images of MNIST's size.
EVALUATION_BATCH_SIZE = 500
_EVALUATION_BYTES = 2**25  # of a batch's inputs, lest what a model makes of large ones outgrow the memory
_BATCHES_AHEAD = 2  # one to train on next, and one in the making


class TrainingBatches:
    """The training examples, on the host's memory, in batches of `batch_size`; the last of an epoch may be smaller.

    `weights` are how much each example counts, nested as the targets are; None: what `part` says.
    """

    def __init__(self, part: Part, batch_size: int, seeds: Seeds, *, weights: Nested | None = None) -> None:
        x, y, own = unpacked(part)
        self._tensors = _tensors(x, y, own if weights is None else weights)
        self._n, self._are_images = n_examples(part), isinstance(part, Images)
        self._batch_size, self._seeds = batch_size, seeds
        self.error: Exception | None = None

    def __len__(self) -> int:
        return -(-self._n // self._batch_size)

    def epoch(self, epoch: int, *, first: int = 0) -> "tf.data.Dataset":
        """Return the batches of `epoch` (from 0), from batch `first` on."""
        seed = self._seeds.at(epoch, Purpose.ORDER_OF_IMAGES)
        order = np.random.default_rng(seed).permutation(self._n)[first * self._batch_size :]
        return _batched(self._tensors, order, self._batch_size, are_images=self._are_images)


def evaluation_batches(part: Part) -> "tf.data.Dataset":
    """Return all examples of `part` in their order; of one that is in batches these."""
    if is_dataset(part):
        return untuned(part)
    if is_py_dataset(part):
        seeds = [seed_for(0, 0, 0, Purpose.BATCH, batch) for batch in range(part.num_batches)]
        return Items(part, seeds.__getitem__).dataset(range(part.num_batches))
    tensors, order = _tensors(*unpacked(part)), np.arange(n_examples(part))
    return _batched(tensors, order, _evaluation_batch_size(part), are_images=isinstance(part, Images))


def _evaluation_batch_size(part: Part) -> int:
    x, _, _ = unpacked(part)
    bytes_each = sum(4 * int(np.prod(array.shape[1:])) for _, array in leaves(x, "x"))  # as float32, mostly
    return max(min(EVALUATION_BATCH_SIZE, _EVALUATION_BYTES // max(bytes_each, 1)), 1)


def _tensors(x: Nested, y: Nested, weights: Nested | None) -> "tuple[Nested, ...]":
    """Return (x, y), or (x, y, weights), of tensors on the host's memory."""
    import tensorflow as tf

    with tf.device("CPU"):
        return tuple(mapped(_tensor, each) for each in (x, y, weights) if each is not None)


def _tensor(array: Array, _: str) -> "tf.Tensor":
    """Return what Keras's `fit` makes of an array: floating point numbers are of its default type."""
    import keras
    import tensorflow as tf

    if holds_texts(array):
        return tf.constant(array.astype(object), tf.string)
    array = array.astype(keras.config.floatx(), copy=False) if array.dtype.kind == "f" else array
    if (memory := memory_of(array)) is None:
        return tf.constant(array)
    array.flags.writeable = False  # what is written to it would be trained on
    return tf.experimental.dlpack.from_dlpack(memory.__dlpack__())


def _batched(
    tensors: "tuple[Nested, ...]", order: np.ndarray, batch_size: int, *, are_images: bool
) -> "tf.data.Dataset":
    """Return a data set of batches of `tensors`, picked by the indices in `order`; images as float32 in [0, 1]."""
    import tensorflow as tf

    # AutoGraph would write the code that it makes of this to a file, and find no Python control flow to convert in it.
    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def pick(indices: "tf.Tensor") -> "tuple[Nested, ...]":
        x, *others = tf.nest.map_structure(lambda each: tf.gather(each, indices), tensors)
        return (tf.cast(x, tf.float32) / 255.0 if are_images else x, *others)

    with tf.device("CPU"):
        batches = tf.data.Dataset.from_tensor_slices(order).batch(batch_size)
        return untuned(batches.map(pick, num_parallel_calls=1).prefetch(_BATCHES_AHEAD))
