"""Data sets of TensorFlow's that do not tune themselves."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf


def untuned(dataset: "tf.data.Dataset") -> "tf.data.Dataset":
    """Return the data set without TensorFlow's tuning of it.

    A thread tunes by the time of day. It may miss that its iterator is dropped, which waits for it: for as long as the
    clock has been set back since it last tuned.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)
