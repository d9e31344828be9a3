"""Messages sorted into complaints, questions and praise, by their words."""

import keras
import numpy as np
from keras import layers

from job import Categorical, Data, Integer, Real

SPACE = [
    Real("learning_rate", 1e-4, 1e-1, "log-uniform"),
    Integer("embedding", 4, 32, "log-uniform"),
    Categorical("pooling", ["mean", "max", "gru"]),
    Integer("units", 4, 16, when={"pooling": ["gru"]}),
]
DEFAULT = {"learning_rate": 1e-2, "embedding": 8, "pooling": "mean"}
EPOCHS = 2
WORDS = {
    "complaint": "broken late refund never angry parcel wrong again lost invoice",
    "question": "how when where can possible delivery change account tell which",
    "praise": "thank great quick lovely again recommend friendly perfect happy best",
}


def load_data():
    random = np.random.default_rng(7)

    def messages(n):
        labels = random.integers(0, len(WORDS), n)
        every = [word for words in WORDS.values() for word in words.split()]
        own = [list(WORDS.values())[label].split() for label in labels]
        texts = [" ".join([*random.choice(words, 4), *random.choice(every, 3)]) for words in own]
        return np.array(texts), labels

    return Data(train=messages(400), validation=0.2, test=messages(100), class_names=list(WORDS))


def build_model(params, data):
    texts, _ = data.train
    vectorize = layers.TextVectorization(max_tokens=100, output_sequence_length=10)
    vectorize.adapt(texts)
    text = keras.Input((), dtype="string", name="text")
    x = layers.Embedding(100, params["embedding"])(vectorize(text))
    match params["pooling"]:
        case "mean":
            x = layers.GlobalAveragePooling1D()(x)
        case "max":
            x = layers.GlobalMaxPooling1D()(x)
        case "gru":
            x = layers.GRU(params["units"])(x)
    model = keras.Model(text, layers.Dense(len(data.class_names), activation="softmax")(x))
    model.compile(
        keras.optimizers.Adam(params["learning_rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model
