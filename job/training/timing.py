"""How fast a device computes: a product of two matrices, and a training step of the default problem's network."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from job.data import Data, Images
from job.problems import mnist
from job.training.devices import Kind, enable_memory_growth

# Sides of the matrices: 2 GFLOP are a fraction of a second on any CPU, and too few to keep a GPU busy.
_SIDES = {"CPU": 1024, "GPU": 8192}
_REPEATS = 5  # at the least
_SECONDS = 0.5  # and until so much time has gone
_IMAGE = (28, 28, 1)
_N_CLASSES = 10


@dataclass(frozen=True)
class ProductTiming:
    """The fastest of some products of two square matrices in float32."""

    side: int
    seconds: float

    @property
    def gigaflops(self) -> float:
        """10^9 additions and multiplications in a second."""
        return 2 * self.side**3 / self.seconds / 1e9


@dataclass(frozen=True)
class StepTiming:
    """A training step on a batch: the first one, which traces and compiles it, and the fastest of those after it."""

    batch_size: int
    first_seconds: float
    seconds: float

    @property
    def images_per_second(self) -> float:
        return self.batch_size / self.seconds


def time_product(kind: Kind, number: int) -> ProductTiming:
    """Time matrix products on the device `number` of its kind, in TensorFlow's order."""
    import tensorflow as tf

    enable_memory_growth()
    side = _SIDES[kind]
    with tf.device(f"/{kind}:{number}"):
        left, right = tf.random.uniform((side, side)), tf.random.uniform((side, side))

        def multiply() -> None:
            tf.linalg.matmul(left, right)[0, 0].numpy()  # to fetch a number is to wait for it

        multiply()
        return ProductTiming(side, _fastest(multiply))


def time_step(kind: Kind, number: int, *, jit_compile: bool) -> StepTiming:
    """Time training steps on the device `number` of its kind, compiled with XLA or, as in a search, not."""
    import tensorflow as tf

    enable_memory_growth()
    data, batch_size = _data(), mnist.BATCH_SIZE
    with tf.device(f"/{kind}:{number}"):
        model = mnist.build_model(mnist.DEFAULT, data)
        model.jit_compile = jit_compile
        images = tf.cast(data.train.images, tf.float32)
        labels = tf.constant(data.train.labels)

        def step() -> None:
            model.train_on_batch(images, labels)

        first = _seconds(step)
        return StepTiming(batch_size, first, _fastest(step))


def _data() -> Data:
    """Return one batch of blank images: what they show does not change how long they take."""
    images = np.zeros((mnist.BATCH_SIZE, *_IMAGE), np.uint8)
    split = Images(images, np.arange(mnist.BATCH_SIZE, dtype=np.int64) % _N_CLASSES)
    return Data(train=split, validation=split, test=split, class_names=tuple(map(str, range(_N_CLASSES))))


def _fastest(call: Callable[[], None]) -> float:
    ends_at, times = time.perf_counter() + _SECONDS, list[float]()
    while len(times) < _REPEATS or time.perf_counter() < ends_at:
        times.append(_seconds(call))
    return min(times)


def _seconds(call: Callable[[], None]) -> float:
    began_at = time.perf_counter()
    call()
    return time.perf_counter() - began_at
