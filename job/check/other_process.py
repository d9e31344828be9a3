"""The data as another process loads them, where the hashes of texts are others, and so is the order of a set."""

import math
import os
import pickle
import subprocess
import sys
import tempfile
import time

from job.training import Setup

_HASH_SEEDS = ("1", "2")  # of which this process has one at the most


class OtherProcess:
    """A process that loads the data beside all else."""

    def __init__(self, setup: Setup) -> None:
        seed = next(each for each in _HASH_SEEDS if each != os.environ.get("PYTHONHASHSEED"))
        with tempfile.TemporaryFile() as order:  # a pipe would have to be written to while the process starts
            order.write(pickle.dumps(setup))
            order.seek(0)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "job.training.check.loaded"],
                env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=order,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )

    def digest(self, until: float) -> str | None:
        """Return the digest of the data, empty where they cannot be loaded; None where that is not over by `until`.

        That is a time of `time.monotonic()`.
        """
        seconds = None if math.isinf(until) else max(until - time.monotonic(), 0)
        try:
            said, _ = self._process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        return said if self._process.returncode == 0 else ""

    def close(self) -> None:
        """End the process, if it still runs."""
        self._process.kill()
        with self._process:  # waits for it, and closes what it wrote to
            pass
