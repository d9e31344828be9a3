"""A search that begins: afresh, or from a result of scikit-optimize in an otherwise empty state directory."""

from collections.abc import Callable

from job.core.events import Event, Level, Notice
from job.core.fingerprint import Fingerprint
from job.core.study import Study
from job.errors import SettingsError
from job.state import durable
from job.state.directory import StateDirectory
from job.words import count

# Where the result that a warm start began from is kept, since result.joblib is written anew.
IMPORTED_RESULT = "imported.joblib"


def new_study(
    fingerprint: Fingerprint, store: StateDirectory, *, warm_start: bool, tell: Callable[[Event], None]
) -> Study:
    """Return a study without trials, or with those of the result that `warm_start` allows to be read.

    Raise SettingsError where there is a result and no leave to read it, or where it is one of another space.
    """
    study, path = Study(fingerprint=fingerprint), store.result_file
    if not path.exists():
        if warm_start:
            message = f"--warm-start: there is no {path} to begin from; the search begins afresh"
            tell(Notice(message, level=Level.WARNING))
        return study
    if not warm_start:
        raise SettingsError(
            f"{store.root} holds a result.joblib and no study.json",
            hint="go on from it with --warm-start if you trust its author, or move it away to start afresh",
        )
    from job.proposals.result import load_result

    content = path.read_bytes()
    loaded = load_result(content, fingerprint, name=str(path))
    for params, loss in loaded.scored:
        study = study.import_trial(params, fingerprint.objective.value(loss))
    durable.write(store.root / IMPORTED_RESULT, content)
    left_out = f"; {loaded.left_out} without a score are left out" if loaded.left_out else ""
    imported = f"{count(len(study.trials), 'trial')} imported from {path}"
    tell(Notice(f"{imported}, which is kept as {IMPORTED_RESULT}{left_out}"))
    return study
