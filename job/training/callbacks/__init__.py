"""The callbacks of a problem, carried through a trial that may be interrupted at any batch."""

from collections.abc import Sequence

import keras

from job.errors import SettingsError
from job.training.callbacks.carrier import Carrier
from job.training.callbacks.csv_log import CSVLoggerCarrier
from job.training.callbacks.event_files import TensorBoardCarrier


class _ProgbarCarrier(Carrier):
    """A bar that is drawn anew."""

    not_state = frozenset({"progbar"})


_CARRIERS: dict[type[keras.callbacks.Callback], type[Carrier]] = {
    keras.callbacks.CSVLogger: CSVLoggerCarrier,
    keras.callbacks.ProgbarLogger: _ProgbarCarrier,
    keras.callbacks.TensorBoard: TensorBoardCarrier,
}
# They begin training where files of theirs say.
_REFUSED = (keras.callbacks.BackupAndRestore, keras.callbacks.OrbaxCheckpoint)


def carry(callbacks: Sequence[keras.callbacks.Callback]) -> tuple[Carrier, ...]:
    """Return what carries each of the callbacks; raise SettingsError for one that cannot be."""
    return tuple(_carrier_of(callback, callbacks) for callback in callbacks)


def _carrier_of(callback: keras.callbacks.Callback, listed: Sequence[keras.callbacks.Callback]) -> Carrier:
    if isinstance(callback, _REFUSED):
        raise SettingsError(
            f"callbacks: {type(callback).__name__} resumes training by itself, and so does every trial",
            hint="leave it out: a trial goes on from its own checkpoint, which it saves every --checkpoint-seconds",
        )
    kind = next((carrier for kind, carrier in _CARRIERS.items() if isinstance(callback, kind)), Carrier)
    carrier = kind(callback, listed)
    carrier.begin()
    return carrier
