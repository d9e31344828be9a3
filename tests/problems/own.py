"""Problems of a user's own in files, as tests write them."""

from pathlib import Path

PROBLEM = '''"""A problem that trains in milliseconds."""
import keras
import numpy as np

from job import Data, Images, Integer, Real
from shapes import dense

SPACE = [Real("learning_rate", 1e-3, 1e-1, "log-uniform"), Integer("width", 2, 32)]
DEFAULT = {"learning_rate": 1e-2, "width": 8}
EPOCHS = 3
BATCH_SIZE = 16


def load_data():
    random = np.random.default_rng(0)

    def pair(n):
        labels = random.integers(0, 3, n)
        images = random.integers(0, 128, (n, 4, 4, 1)) + 40 * labels[:, None, None, None]
        return Images(images.astype(np.uint8), labels)

    return Data(train=pair(100), validation=pair(40), test=pair(40))


class Counting(keras.callbacks.Callback):
    def __init__(self, note):
        super().__init__()
        self.note, self.seen = note, 0

    def on_train_batch_end(self, batch, logs=None):
        self.seen = self.note(self.seen)


def one_more(number):
    return number + 1


def create_model(learning_rate, width):
    layers = [keras.layers.Flatten(), dense(width), keras.layers.Dropout(0.2)]
    model = keras.Sequential([keras.Input((4, 4, 1)), *layers, keras.layers.Dense(3, activation="softmax")])
    optimizer = keras.optimizers.Adam(learning_rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


def callbacks():
    return [Counting(one_more)]
'''
SHAPES = """from keras.layers import Dense


def dense(width):
    return Dense(width, activation="relu")
"""


def write_problem(folder: Path, *, name: str = "churn.py", text: str = PROBLEM, shapes: str = SHAPES) -> Path:
    """Return the file of a problem in `folder`, beside which lies what it imports."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "shapes.py").write_text(shapes)
    file = folder / name
    file.write_text(text)
    return file
