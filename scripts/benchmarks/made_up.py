"""A study as a search of the digits would have left it, with made-up scores, to go on from its middle."""

import time

import numpy as np
from program import BATCH_SIZE, EPOCHS, PROBLEM

from job import problems
from job.core.run import RunEnd
from job.core.study import Study
from job.data import DataSource
from job.data.digest import digest_of


def made_up_study(trials: int) -> Study:
    """Return a study of the digits with `trials` completed trials that crowd around a best point, as proposals do."""
    from job.run.fingerprint import fingerprint_of  # here, as in `program.py`
    from job.settings import Settings

    problem = problems.load(problems.module_name(PROBLEM))
    digest = digest_of(problem.load_data(DataSource(), lambda _: None, seed=0))
    settings = Settings(problem=PROBLEM, epochs=EPOCHS, batch_size=BATCH_SIZE)
    study = Study(fingerprint=fingerprint_of(settings=settings, declared=problem.declared, data=digest))
    study = study.open_run(now=time.time())
    generator = np.random.default_rng(0)
    for number in range(1, trials + 1):
        study = _with_made_up_trial(study, number, generator.normal(0.0, 0.5 if number % 3 else 2.0, size=3))
    return study.close_run(RunEnd.FINISHED)


def _with_made_up_trial(study: Study, number: int, offset: np.ndarray) -> Study:
    """Add a trial so far from the best point, in units of which a few span each dimension."""
    params = {
        "learning_rate": float(np.clip(10 ** (offset[0] - 3), 1e-6, 1e-2)),
        "num_dense_layers": int(np.clip(2 + offset[1], 1, 5)),
        "num_dense_nodes": int(np.clip(256 + 100 * offset[2], 5, 512)),
        "activation": "relu" if number % 4 else "sigmoid",
    }
    score = float(0.1 + 0.8 * np.exp(-np.sum(offset**2) / 8))
    logs = {"accuracy": score, "loss": 1 - score, "val_accuracy": score, "val_loss": 1 - score}
    study = study.propose(params).start(number, now=time.time())
    return study.complete(number, (logs,) * EPOCHS, seconds=1.0, now=time.time(), model_sha256="0" * 64)
