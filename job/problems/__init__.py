"""A problem: what is searched, on which data, with which model. A plain module with these names is one.

    SPACE               a list of dimensions, ours or scikit-optimize's; one called batch_size is the batch size
    EPOCHS              of each trial
    load_data           from a `folder`, where it asks for one, to `Data`
    build_model         from `params`, `data`, or dimensions by their names, to a compiled model; or create_model

and, where it likes,

    DEFAULT             a point, or several that are tried first: dictionaries, or lists of values
    SPACES              other spaces by names, of which --space chooses one: {"wide": [...]}
    DEFAULTS            as DEFAULT, of these: {"wide": {...}}
    BATCH_SIZE          32 without it
    OBJECTIVE           such as "val_mae:min", unless --objective says another
    OPTIONS             of the command that say how data are read, such as image_size: `source` has their values
    callbacks           from `params` or dimensions by their names, to a list of Keras's callbacks
    fit_options         from the same, to a dictionary of Keras's class_weight, sample_weight and validation_freq

Each function may ask for less. Arrays from `load_data` are shared by all trials of a run, which do not call it again;
but where it leaves something behind that other functions may need, such as a fitted normalizer under a global name,
each trial does. A built-in problem imports Keras inside its functions, since commands that train nothing read it too.
"""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

from job.core.events import Event
from job.core.problem import Sources
from job.data import Data, DataSource
from job.errors import JobError, SettingsError
from job.problems import kept_code, own
from job.problems.checked import CheckedProblem, checked
from job.problems.generators import seed_generators
from job.problems.tracebacks import place_of, traceback_of

_SEED = 0  # of what a module draws when it is run, lest that differ from one process to the next
BUILT_IN = {
    "mnist": "job.problems.mnist",
    "digits": "job.problems.digits",
    "fashion-mnist": "job.problems.fashion_mnist",
    "images": "job.problems.images",
    "table": "job.problems.table",
}


def module_name(problem: str) -> str:
    """Return the importable name of a built-in problem's module; raise SettingsError for any other."""
    if problem in BUILT_IN:
        return BUILT_IN[problem]
    close = get_close_matches(problem, BUILT_IN, n=1)
    raise SettingsError(
        f"--problem: expected one of {', '.join(BUILT_IN)}, a file such as churn.py, or the name of a module, "
        f"found {problem!r}",
        hint=f"did you mean {close[0]!r}?" if close else "name a file by its path, with .py at its end",
    )


def sources_of(problem: str) -> Sources | None:
    """Return the sources of a user's problem, named by its file or its module; None for a built-in one.

    Raise SettingsError where there is none, or it cannot be read.
    """
    if problem in BUILT_IN:
        return None
    if own.looks_like_a_file(problem):
        return own.read_sources(Path(problem).expanduser())
    file = own.find_module(problem) if own.looks_like_a_module(problem) else None
    if file is None:
        module_name(problem)  # which tells what there is
        return None
    return own.read_sources(file)


def load(problem: str | Sources) -> CheckedProblem:
    """Run the module of that name, or these sources; raise SettingsError where they are no problem."""
    name = problem if isinstance(problem, str) else problem.name
    seed_generators(_SEED)
    try:
        with exits_refused(name):
            found = importlib.import_module(problem) if isinstance(problem, str) else kept_code.run(problem)
    except SettingsError as error:  # of a dimension, say
        raise SettingsError(f"{place_of(error) or name}: {error}", hint=error.hint) from error
    except (JobError, MemoryError):  # a request to stop, say
        raise
    except Exception as error:
        raise SettingsError(
            f"{name}: expected a problem, found that it cannot be loaded:\n{traceback_of(error).rstrip()}"
        ) from error
    return checked(found, name)


def load_data(problem: str | Sources, source: DataSource, tell: Callable[[Event], None], *, seed: int) -> Data:
    """Return the data of a problem; raise SettingsError where its code raises, or ends the program."""
    loaded = load(problem)
    try:
        with exits_refused(loaded.name):
            return loaded.load_data(source, tell, seed=seed)
    except (JobError, MemoryError):
        raise
    except Exception as error:
        raise SettingsError(
            f"{loaded.name}: load_data: expected data, found an error:\n{traceback_of(error).rstrip()}"
        ) from error


@contextmanager
def exits_refused(problem: str) -> Iterator[None]:
    """Raise SettingsError where the code of the problem ends the program, as `sys.exit` does."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as leaving:
        said = f"{type(leaving).__name__}: {leaving}"
        raise SettingsError(
            f"expected the problem {problem} to load itself and its data, found that it ends the program: {said}",
            hint="let its code raise an error that says what is wrong",
        ) from leaving
