"""Search for the hyper-parameters of a Keras model, in a batch job that can be killed at any instant."""

__version__ = "0.1.0"
