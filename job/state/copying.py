"""Copying a search from one place to another, every file of which is compared there by its digest."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from job.core.study import Study
from job.errors import SettingsError, StateUnwritableError
from job.state import durable
from job.state.directory import StateDirectory, read_study
from job.state.places import state_elsewhere

_RETRAINED = "retrained-"  # each the state of another search


@dataclass(frozen=True, kw_only=True)
class Copied:
    """What has been copied."""

    study: Study
    files: int
    n_bytes: int
    left_out: tuple[str, ...]  # states below that of the search


def copy_state(source: StateDirectory, target: StateDirectory) -> Copied:
    """Copy a search, its report and its logs to a place that has none; the study comes last.

    Both are held meanwhile. Raise SettingsError where there is no search, or one is at the target already, and
    StateUnwritableError where anything there differs from what was copied.
    """
    with source.lock(), target.lock():
        study = read_study(source, warn=lambda _: None)
        if target.read().study is not None:
            raise SettingsError(f"there is a search in {target.place} already", hint="name another place")
        source.bring()
        paths = sorted(_files(source.root))
        for path in paths:
            _copy(source.root / path, target.root / path)
        target.save(study)
    other = state_elsewhere(target)
    other.bring()
    _check_same(source, other, paths, study)
    sizes = [(source.root / path).stat().st_size for path in paths]
    left_out = sorted(path.name for path in source.root.glob(f"{_RETRAINED}*"))
    return Copied(study=study, files=len(paths), n_bytes=sum(sizes), left_out=tuple(left_out))


def _files(root: Path) -> Iterator[Path]:
    """Yield what is copied, below a state's directory: all but the study itself, locks, and what is half written."""
    own = {"lock", "report.lock", "study.json", "study.json.prev"}
    for path in root.rglob("*"):
        place = path.relative_to(root)
        is_own = str(place) in own or place.parts[0].startswith(_RETRAINED) or durable.is_temporary(path.name)
        if path.is_file() and not is_own:
            yield place


def _copy(source: Path, target: Path) -> None:
    durable.make_directory(target.parent)
    with durable.replacing(target) as temporary:
        shutil.copyfile(source, temporary)


def _check_same(source: StateDirectory, other: StateDirectory, paths: list[Path], study: Study) -> None:
    differing = [path for path in paths if _digest(source.root / path) != _digest(other.root / path)]
    if differing or other.read().study != study:
        name = differing[0] if differing else other.study_file.name
        raise StateUnwritableError(
            f"{other.told(other.root / name)} is not what was copied there",
            hint=f"check the store, remove what is in {other.place}, and copy again",
        )


def _digest(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
