"""How long the report takes: all of it, the text alone, and what refreshing it takes of the time of a search.

All of it is `hpo-job report --format html`: the text, the page, the plots and what matters, from the state alone. The
text alone is `hpo-job report`. Both are timed as whole processes, from their start to their end, and the median is
shown. What refreshing takes is what the search itself has counted as the time of its reports and of result.joblib,
against that of its trials, beside which they are written.

The states are of searches of the digits: one of 40 trials, run from its first, each trained for so many epochs that the
page is drawn while the search goes on; and one of 200, of which all but the last are made up. With --state, the report
of that search is measured instead; its files are written anew.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from figures import CannotMeasureError, Figure, exit_code, seconds_of, show
from made_up import made_up_study
from program import PROBLEM, read_study, run, search_arguments

from job.core.study import Study
from job.run.reports import DRAWING_SHARE, WRITING_SHARE
from job.run.result import MODEL_SHARE
from job.state.directory import StateDirectory

_RUNS = 5
# Such that a trial takes about as long as one of MNIST with a GPU.
_EPOCHS = 60
_TRIALS, _MANY_TRIALS = 40, 200
_TARGET_SECONDS = {_TRIALS: 10.0, _MANY_TRIALS: 20.0}
_TEXT_TARGET_SECONDS = 0.5
_PER_CENT = 100


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how long the report takes.")
    parser.add_argument("--state", type=Path, help="state directory of a search whose report is measured")
    parser.add_argument("--directory", type=Path, help="where the states are written; without it, the system's own")
    options = parser.parse_args()
    sys.exit(exit_code(lambda: _measure(options.state, options.directory)))


def _measure(state: Path | None, directory: Path | None) -> None:
    if state is not None:
        _show(state)
        return
    with tempfile.TemporaryDirectory(dir=directory) as folder:
        _show(_searched(Path(folder, "searched")))
        _show(_made_up(Path(folder, "made-up")))


def _searched(state: Path) -> Path:
    """Search from the first trial to the last."""
    run("search", "--state", str(state), "--trials", str(_TRIALS), "--problem", PROBLEM, "--epochs", str(_EPOCHS))
    return state


def _made_up(state: Path) -> Path:
    """Go on with a search from its last trial, so that there is a model that can be tested."""
    state.mkdir()
    StateDirectory(state).save(made_up_study(_MANY_TRIALS - 1))
    run(*search_arguments(state, _MANY_TRIALS))
    return state


def _show(state: Path) -> None:
    study = read_study(state)
    trials = len(study.trials)
    figures = [
        _timed("all of it", state, "--format", "html", target=_TARGET_SECONDS.get(trials)),
        _timed("the text alone", state, target=_TEXT_TARGET_SECONDS),
        *_refreshing(study),
    ]
    show(f"Report of {trials} trials, median of {_RUNS}", figures)


def _timed(name: str, state: Path, *options: str, target: float | None) -> Figure:
    def report() -> None:
        run("report", "--state", str(state), *options)

    return Figure(name=name, value=median(seconds_of(report) for _ in range(_RUNS)), unit="s", target=target)


def _refreshing(study: Study) -> list[Figure]:
    """Return what the reports have taken of the time of the trials; nothing where the study does not tell."""
    parts = [run.seconds for run in study.runs]
    reports, trials = (sum(seconds.get(part, 0.0) for seconds in parts) for part in ("report", "trials"))
    if not reports:
        return []
    if not trials:
        raise CannotMeasureError("expected a search that has counted the time of its trials")
    return [
        Figure(name="refreshing it and the result during the search", value=reports, unit="s"),
        Figure(
            name="  of the time of the trials",
            value=_PER_CENT * reports / trials,
            unit="%",
            target=_PER_CENT * (WRITING_SHARE + DRAWING_SHARE + MODEL_SHARE),
        ),
    ]


if __name__ == "__main__":
    main()
