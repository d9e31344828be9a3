"""What the data of a search are, in a few numbers and names."""

from job.core.fingerprint import ArrayDescription, DataDescription
from job.data import Data, Images
from job.data.arrays import Nested, kind_of, leaves, n_examples, pictures_in, unpacked


def describe(data: Data) -> DataDescription:
    """Return how many examples there are for what, and what one is made of."""
    train = data.train
    x, y, _ = unpacked(train)
    is_images, pictures = isinstance(train, Images), pictures_in(train)
    return DataDescription(
        train=n_examples(train),
        validation=n_examples(data.validation),
        test=n_examples(data.test),
        image_shape=() if pictures is None else pictures.shape[1:],
        class_names=tuple(data.class_names),
        inputs=describe_arrays(x, "images" if is_images else "x"),
        targets=describe_arrays(y, "labels" if is_images else "y"),
    )


def describe_arrays(nested: Nested, name: str) -> tuple[ArrayDescription, ...]:
    """Return what one example is in each array of `nested`, which is called `name`."""
    return tuple(
        ArrayDescription(name=place, shape=tuple(array.shape[1:]), dtype=kind_of(array))
        for place, array in leaves(nested, name)
    )
