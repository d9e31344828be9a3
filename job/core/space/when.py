"""Conditions: a dimension that is there only with some values of others."""

from collections.abc import Iterable, Iterator, Mapping

from job.core.values import Value


class When(Mapping[str, tuple[Value, ...]]):
    """The values of other dimensions, by their names, with which a dimension is active: one of each.

    A mapping that can be hashed. An empty one is no condition.
    """

    def __init__(self, values: Mapping[str, Iterable[Value]] | None = None) -> None:
        self._values = {name: tuple(each) for name, each in (values or {}).items()}

    def __getitem__(self, name: str) -> tuple[Value, ...]:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return repr({name: list(each) for name, each in self._values.items()})


def is_among(value: object, values: Iterable[Value]) -> bool:
    """Tell whether `value` is one of `values`, and not an equal value of another type: 1 is neither 1.0 nor True."""
    return any(type(value) is type(each) and value == each for each in values)
