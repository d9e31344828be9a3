"""The inputs of a model that sees no pictures, and what is found in files held against them.

`like` are the inputs of a batch as the model got them: one array, or several nested in dictionaries and tuples.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from job.data.arrays import Array, Nested, holds_texts, kind_of, leaves

_MOST_NAMES = 8  # in a message
_KEYS = re.compile(r"\['?(.*?)'?\]")  # in a place such as ['age'] or [0]


class ExamplesError(Exception):
    """No examples can be had from the file; the message says what was expected and found, and not in which file."""


@dataclass(frozen=True)
class Examples:
    """The inputs of `n` examples; `is_one` where the file holds one example, and no list of them."""

    x: Nested
    n: int
    is_one: bool = False


def examples_of(x: Nested, *, is_one: bool = False) -> Examples:
    """Return the examples that the inputs `x` are of; raise ExamplesError where there are not as many of each."""
    lengths = [len(each) for _, each in leaves(x, "")]
    if len(set(lengths)) > 1:
        raise ExamplesError(f"expected as many examples in each array, found {listed(lengths)}")
    if not lengths[0]:
        raise ExamplesError("expected examples, found none")
    return Examples(x, lengths[0], is_one)


def names_of(like: Nested) -> Mapping[str, str]:
    """Return what each input is called in a file, by its place: the key of a dictionary, or its index, from 0."""
    return {place: ".".join(_KEYS.findall(place)) for place, _ in leaves(like, "")}


def as_input(array: Array, like: Array, name: str) -> Array:
    """Return an array with the type of the input `like`; raise ExamplesError where its examples are something else."""
    if array.ndim != like.ndim or array.shape[1:] != like.shape[1:]:
        one = like.shape[1:]
        several = f"(n, {', '.join(map(str, one))})" if one else "(n,)"
        raise ExamplesError(f"expected {name} of shape {one}, or {several} for n examples, found {array.shape}")
    if holds_texts(array) != holds_texts(like) or array.dtype.kind not in "fiubUSO":
        raise ExamplesError(f"expected {name} of {kind_of(like)}, found {kind_of(array)}")
    if holds_texts(like):
        return array.astype(np.str_)
    if like.dtype.kind in "iu" and array.dtype.kind == "f" and not (array == np.rint(array)).all():
        raise ExamplesError(f"expected {name} of whole numbers, found others among them")
    return array.astype(like.dtype)


def missing_in(x: Nested, like: Nested) -> Iterator[str]:
    """Yield the names of inputs that are missing, as NaN, in some examples `x`, and in none of `like`.

    A model that has never seen such values may answer all the same, as if they were others. The numbers of an only
    input have theirs, from 1.
    """
    names, seen = names_of(like), dict(leaves(like, ""))
    for place, array in leaves(x, ""):
        if array.dtype.kind != "f":
            continue
        missing, known = (np.isnan(each).reshape(len(each), -1).any(axis=0) for each in (array, seen[place]))
        for index in np.flatnonzero(missing & ~known):
            yield names[place] or f"column {index + 1}"


def listed(names: Iterable[object]) -> str:
    """Return some names, or numbers, in a line."""
    every = [str(each) for each in names]
    return ", ".join((*every[:_MOST_NAMES], *(["…"] if len(every) > _MOST_NAMES else [])))
