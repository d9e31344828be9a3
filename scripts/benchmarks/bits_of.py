"""Train one trial in the way that `bits.py` asks for, and print what came of it, to the bit.

Usage: bits_of.py MODULE FOLDER THREADS EPOCHS; 0 threads leave them to TensorFlow. The last line is JSON: digests of
the weights and of the logs, and the seconds of the fastest epoch, of which the first one, that also traces, is none.
"""

import hashlib
import itertools
import json
import sys
import tempfile
import time
from pathlib import Path

from job.core.events import EpochEnded, Event
from job.core.objective import Objective
from job.core.space import Params
from job.data import DataSource
from job.state.directory import TrialFiles
from job.training import Completed, Setup, advance

_BATCH_SIZE = 64
# Large enough for TensorFlow to divide its sums among threads, and quick to learn, so that a difference grows.
_PARAMS: Params = {"learning_rate": 1e-3, "num_dense_layers": 2, "num_dense_nodes": 256, "activation": "relu"}


class _Control:
    """Notes when epochs end."""

    must_stop = False

    def __init__(self) -> None:
        self.ends: list[float] = []

    def tell(self, event: Event) -> None:
        if isinstance(event, EpochEnded):
            self.ends.append(time.perf_counter())


def main() -> None:
    module, folder, threads, epochs = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    setup = Setup(
        module=module,
        data=DataSource(folder),
        seed=0,
        epochs=epochs,
        batch_size=_BATCH_SIZE,
        objective=Objective("val_accuracy", "max"),
        deterministic=True,
        threads=threads or None,
        checkpoint_seconds=3600.0,
    )
    control = _Control()
    with tempfile.TemporaryDirectory() as directory:
        done = advance(setup, 1, _PARAMS, epochs, (), TrialFiles(Path(directory)), control)
    assert isinstance(done, Completed), done
    logs = hashlib.sha256(repr(done.history).encode()).hexdigest()
    seconds = min(after - before for before, after in itertools.pairwise(control.ends))
    print(json.dumps({"weights": done.weights_sha256, "logs": logs, "seconds": seconds}))


if __name__ == "__main__":
    main()
