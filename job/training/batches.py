"""Images as batches: in an order that depends on the epoch alone, and as uint8 until they are batched."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from job.core.randomness import Purpose, seed_for
from job.data import Split

if TYPE_CHECKING:
    import tensorflow as tf

# Images in a batch where nothing is trained: as fast as it gets on the machines at hand, and part of no result.
EVALUATION_BATCH_SIZE = 500
_BATCHES_AHEAD = 2  # one to train on next, and one in the making


class TrainingBatches:
    """The training images, on the host's memory, in batches of `batch_size`; the last of an epoch may be smaller.

    `weights` has shape (n_images,): how much each image counts.
    """

    def __init__(
        self, split: Split, batch_size: int, *, seed: int, trial: int, weights: NDArray[np.float32] | None = None
    ) -> None:
        import tensorflow as tf

        with tf.device("CPU"):
            self._images, self._labels = tf.constant(split.images), tf.constant(split.labels)
            self._weights = () if weights is None else (tf.constant(weights),)
        self._batch_size, self._seed, self._trial = batch_size, seed, trial

    def __len__(self) -> int:
        return -(-len(self._labels) // self._batch_size)

    def epoch(self, epoch: int, *, first: int = 0) -> "tf.data.Dataset":
        """Return the batches of `epoch` (from 0), from batch `first` on."""
        seed = seed_for(self._seed, self._trial, epoch, Purpose.ORDER_OF_IMAGES)
        order = np.random.default_rng(seed).permutation(len(self._labels))
        targets = (self._labels, *self._weights)
        return _batched(self._images, targets, order[first * self._batch_size :], self._batch_size)


def evaluation_batches(split: Split) -> "tf.data.Dataset":
    """Return all images of `split` in their order."""
    import tensorflow as tf

    with tf.device("CPU"):
        images, labels = tf.constant(split.images), tf.constant(split.labels)
    return _batched(images, (labels,), np.arange(len(split)), EVALUATION_BATCH_SIZE)


def untuned(dataset: "tf.data.Dataset") -> "tf.data.Dataset":
    """Return the data set without TensorFlow's tuning of it.

    A thread tunes by the time of day. It may miss that its iterator is dropped, which waits for it: for as long as the
    clock has been set back since it last tuned.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def _batched(
    images: "tf.Tensor", targets: "tuple[tf.Tensor, ...]", order: np.ndarray, batch_size: int
) -> "tf.data.Dataset":
    """Return a data set of (images as float32 in [0, 1], …), picked by the indices in `order`.

    `targets` are labels, or these and the weights of the images.
    """
    import tensorflow as tf

    # AutoGraph would write the code that it makes of this to a file, and find no Python control flow to convert in it.
    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def pick(indices: "tf.Tensor") -> "tuple[tf.Tensor, ...]":
        picked = tf.cast(tf.gather(images, indices), tf.float32) / 255.0
        return (picked, *(tf.gather(each, indices) for each in targets))

    with tf.device("CPU"):
        batches = tf.data.Dataset.from_tensor_slices(order).batch(batch_size)
        return untuned(batches.map(pick, num_parallel_calls=1).prefetch(_BATCHES_AHEAD))
