"""Prints the digest of a problem's data, in a process of its own: the setup comes pickled on standard input."""

import os
import pickle
import sys
from contextlib import redirect_stdout

from job import problems
from job.data.digest import digest_of

_LESS_URGENT = 10  # than whoever waits for it

if __name__ == "__main__":
    os.nice(_LESS_URGENT)
    setup = pickle.load(sys.stdin.buffer)
    with redirect_stdout(sys.stderr):
        data = problems.load_data(setup.module, setup.data, lambda _: None, seed=setup.seed)
    sys.stdout.write(digest_of(data))
