"""What lies in a folder of pictures: a sub-folder for each class, within train, validation and test or without them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from job.data.pictures import SUFFIXES
from job.errors import DataMissingError
from job.paths import dangling_link, describe_kind, describe_link, printable_name
from job.words import count

LAYOUT = "a folder with a sub-folder of pictures for each class, within train, validation and test or without them"
WHOLE = ""  # the part that all pictures are in where no folders part them
# The names of the folders that part the pictures, in lower case.
_PARTS = {"train": "train", "training": "train", "validation": "validation", "valid": "validation", "val": "validation"}
_PARTS |= {"test": "test", "testing": "test"}
_FURNITURE = "__MACOSX"  # what an archive made on a Mac has beside its folder
_FEWEST_CLASSES = 2
_MOST_NAMED = 5


@dataclass(frozen=True)
class Listed:
    """A picture by its path below the folder, and its class."""

    path: str
    label: int


@dataclass(frozen=True, kw_only=True)
class ClassFolders:
    """The pictures of each part, train, validation and test or WHOLE, in the order of their paths."""

    root: Path
    class_names: tuple[str, ...]
    parts: Mapping[str, tuple[Listed, ...]]


def list_pictures(root: Path) -> ClassFolders:
    """Return what lies in the folder, pictures by the suffixes of their names; raise DataMissingError for no such one.

    Hidden files, and files that are no pictures by their names, are left out. A class may have folders in its folder.
    """
    if not root.is_dir():
        raise _unlike(root, _what_stands_at(root))
    try:
        folders = {name: root / folder for name, folder in _part_folders(root)} or {WHOLE: root}
        class_names = _class_names(root, folders)
        parts = {name: tuple(_listed(root, folder, name, class_names)) for name, folder in folders.items()}
    except OSError as error:
        raise _unlike(root, f"that {error.filename} cannot be read: {error.strerror}") from error
    if empty := [name for name, part in parts.items() if not part]:
        raise _unlike(folders[empty[0]], "no picture in it", hint="add pictures, or move the folder away")
    return ClassFolders(root=root, class_names=class_names, parts=parts)


def _part_folders(root: Path) -> Iterator[tuple[str, str]]:
    """Yield each part with its folder; nothing where folders of the first level are those of classes.

    One class may be called train, so that is a part only where it has folders itself, and other parts or no other
    folder stand beside it.
    """
    names = _folders_in(root)
    found = [(_PARTS[name.lower()], name) for name in names if name.lower() in _PARTS]
    parts = [part for part, _ in found]
    if len(set(parts)) < len(parts):
        raise _unlike(root, f"several folders of the same part: {', '.join(name for _, name in found)}")
    if "train" not in parts or not _folders_in(root / dict(found)["train"]):
        return
    if len(parts) > 1 or len(names) == 1:
        yield from found


def _class_names(root: Path, folders: Mapping[str, Path]) -> tuple[str, ...]:
    training = folders.get("train", root)
    names = _folders_in(training)
    if not names:
        raise _unlike(training, f"no folder in it, and {count(len(list(training.iterdir())), 'file')}")
    if len(names) < _FEWEST_CLASSES:
        deeper = training / names[0]
        hint = f"name {deeper}, where {count(len(_folders_in(deeper)), 'folder')} lie" if _folders_in(deeper) else ""
        raise _unlike(training, f"one class, {printable_name(Path(names[0]))}", hint=hint)
    for name, folder in folders.items():
        if unknown := [each for each in _folders_in(folder) if each not in names]:
            raise _unlike(folder, f"in {name} classes that are not in train: {_named(unknown)}")
    return tuple(names)


def _listed(root: Path, folder: Path, part: str, class_names: tuple[str, ...]) -> Iterator[Listed]:
    for label, name in enumerate(class_names):
        files = list(_files_below(folder / name)) if (folder / name).is_dir() else []
        pictures = sorted(each.relative_to(root).as_posix() for each in files if each.suffix.lower() in SUFFIXES)
        if not pictures and part in (WHOLE, "train"):
            found = f"{count(len(files), 'file')} of other kinds" if files else "an empty folder"
            raise _unlike(
                folder / name,
                found,
                expected=f"pictures of a class ({', '.join(SUFFIXES)})",
                hint="add some, or move the folder away if it is of no class",
            )
        yield from (Listed(each, label) for each in pictures)


def _files_below(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """Yield the files in a folder and those in it; a link to one of those above is not followed."""
    real = folder.resolve()
    if real in above:
        return
    for each in folder.iterdir():
        if each.name.startswith("."):
            continue
        if each.is_dir():
            yield from _files_below(each, above | {real})
        else:
            yield each


def _folders_in(folder: Path) -> list[str]:
    names = (each.name for each in folder.iterdir() if each.is_dir())
    return sorted(name for name in names if not name.startswith(".") and name != _FURNITURE)


def _what_stands_at(path: Path) -> str:
    if link := dangling_link(path):
        return f"that {describe_link(link)}"
    return describe_kind(path) if path.exists() else "nothing there"


def _named(names: list[str]) -> str:
    shown = ", ".join(printable_name(Path(each)) for each in names[:_MOST_NAMED])
    return shown if len(names) <= _MOST_NAMED else f"{shown} and {len(names) - _MOST_NAMED} more"


def _unlike(path: Path, found: str, *, expected: str = LAYOUT, hint: str = "") -> DataMissingError:
    return DataMissingError(f"{printable_name(path)}: expected {expected}, found {found}", hint=hint)
