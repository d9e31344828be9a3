"""What a callback remembers from one attempt at a trial to the next: its attributes, each as far as it can change.

An attribute whose value is plain data is kept as data. Other things, such as a function that the constructor was given
or a metric that it made, are made again in each attempt: what is kept of them is their state. What is neither cannot be
carried over, and is refused by its name.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import keras

from job.errors import SettingsError
from job.training.callbacks.state import CannotCarryError, Kept, put, take_made, take_value, things_in
from job.training.checkpoint import Memory

# A set of attributes in a callback's class that are no state: made again as they were, whenever training goes on.
DECLARATION = "not_state"
# What Keras gives each callback.
_GIVEN = {"_model", "model", "params", "validation_data"}


@dataclass
class Attributes:
    """The attributes of a callback, which trains in a list of them. `not_state` are those that are never looked at."""

    callback: keras.callbacks.Callback
    listed: Sequence[keras.callbacks.Callback]
    not_state: frozenset[str] = frozenset()
    _made: dict[str, tuple[object, object]] = field(default_factory=dict)

    def note_made(self) -> None:
        """Note what the attributes are at the beginning of an attempt, before anything is recalled."""
        self._made = {name: (value, things_in(value)) for name, value in vars(self.callback).items()}

    def remember(self) -> Memory:
        """Return what is to be kept of each attribute; raise SettingsError, with its name, where that cannot be."""
        return {name: self._take(name, value) for name, value in vars(self.callback).items() if self._is_state(name)}

    def recall(self, memory: Memory) -> None:
        """Give the attributes, which have just been made, what an earlier attempt has remembered."""
        for name, kept in memory.items():
            try:
                setattr(self.callback, name, put(vars(self.callback).get(name), kept))
            except (ValueError, TypeError, AttributeError) as error:
                raise self._refusal(name, f"not what it was when training began: {error}") from error

    def _is_state(self, name: str) -> bool:
        declared: Collection[str] = getattr(type(self.callback), DECLARATION, ())
        return name not in _GIVEN | self.not_state | set(declared)

    def _take(self, name: str, value: object) -> Kept:
        try:
            if (kept := take_value(value)) is not None:
                return kept
            made, things = self._made.get(name, (None, None))
            if made is not value or things != things_in(value):
                raise CannotCarryError(value)
            return take_made(value, self.callback.model, self.listed)
        except CannotCarryError as error:
            raise self._refusal(name, str(error)) from error

    def _refusal(self, name: str, found: str) -> SettingsError:
        kind = type(self.callback).__name__
        return SettingsError(
            f"callbacks: expected plain data in each attribute of {kind}, so that its training can be interrupted, "
            f"found in {kind}.{name}: {found}",
            hint="keep values, arrays, lists, sets and dictionaries of them; or name what the constructor or "
            f'on_train_begin makes again as it was in the class: {DECLARATION} = {{"{name}"}}',
        )
