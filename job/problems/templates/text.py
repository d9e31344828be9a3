"""A search for the network that tells best what a text is about.

    hpo-job check text.py                # within seconds: does all of it work?
    hpo-job search --problem text.py     # may be stopped or killed at any instant; run it again, and it goes on

It runs as it stands, on sentences that are made on the spot. Make it yours from top to bottom.
"""

import keras
import numpy as np
from keras import layers

from job import Categorical, Data, Integer, Real

# What is searched.
SPACE = [
    Real("learning_rate", 1e-4, 1e-1, "log-uniform"),
    Integer("embedding", 4, 64, "log-uniform"),
    Categorical("pooling", ["average", "max"]),
    Real("dropout", 0.0, 0.5),
]
# Tried first. Leave it out where you have no idea yet.
DEFAULT = {"learning_rate": 1e-2, "embedding": 16, "pooling": "average", "dropout": 0.0}
EPOCHS = 5
BATCH_SIZE = 32
OBJECTIVE = "val_accuracy:max"

TOPICS = {"sea": ["boat", "wave", "fish", "sail", "harbour"], "hills": ["path", "goat", "snow", "summit", "valley"]}
OTHERS = ["the", "a", "we", "it", "was", "had", "there", "saw", "very", "old", "new", "small", "red", "day"]


def load_data(folder):
    """Return what is trained on; `folder` is what --data names, or None.

    Here: 1,200 sentences of 12 words, most of which are on no topic, and some on the wrong one.
    """
    random = np.random.default_rng(0)
    y = random.integers(2, size=1200)
    topics = [*TOPICS.values()]
    words = [random.choice([*OTHERS, *topics[label], *topics[label], *topics[1 - label]], 12) for label in y]
    x = np.array([" ".join(each) for each in words])
    # Trials are scored on a fifth of the rest. The best model alone sees the test set, once.
    return Data(train=(x[:1000], y[:1000]), validation=0.2, test=(x[1000:], y[1000:]), class_names=[*TOPICS])


def build_model(params, data):
    """Return the compiled model of a point: `params` has the values of its dimensions by their names."""
    texts, _ = data.train
    words = layers.TextVectorization(max_tokens=5000, output_sequence_length=12)
    words.adapt(texts)  # learns the vocabulary of the training set
    pooling = {"average": layers.GlobalAveragePooling1D, "max": layers.GlobalMaxPooling1D}[params["pooling"]]
    model = keras.Sequential([keras.Input((), dtype="string"), words])
    model.add(layers.Embedding(words.vocabulary_size(), params["embedding"]))
    model.add(pooling())
    model.add(layers.Dropout(params["dropout"]))
    model.add(layers.Dense(len(data.class_names), activation="softmax"))
    model.compile(
        keras.optimizers.Adam(params["learning_rate"]), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model
