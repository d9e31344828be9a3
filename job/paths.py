"""Paths as people write them, checked when they are given."""

import os
import re
from pathlib import Path

import typer

from job.address import Address, parse_address
from job.errors import SettingsError

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def parse_source(text: str) -> Path:
    """Return the absolute path of a file or a directory, there or not; raise BadParameter where it can be neither."""
    path = parse_path(text).absolute()
    _check(path, path.parent, "a file or a directory")
    return path


def parse_search(text: str) -> Path | Address:
    """Return an address in an object store, or what `parse_source` returns; raise BadParameter where it is neither."""
    return _parse_address(text) or parse_source(text)


def parse_state(text: str) -> Path | Address:
    """Return an address in an object store, or the path, as it is written, of a directory that is there or can be made.

    Raise BadParameter where it is neither.
    """
    if (address := _parse_address(text)) is not None:
        return address
    path = parse_path(text)
    _check(path.absolute(), path.absolute(), "a directory")
    return path


def parse_path(text: str) -> Path:
    """Return a path, `~` replaced; raise BadParameter where `text` can be none, or is an address of something else."""
    text = str(text)  # a default is a path already
    if not text.strip():
        raise typer.BadParameter("expected a path, found an empty text")
    if _ADDRESS.match(text):
        raise typer.BadParameter(f"expected a path on this machine, found the address {text!r}")
    if "\0" in text or not _is_unicode(text):  # reports name it
        raise typer.BadParameter(f"expected a path in UTF-8, found {text!a}")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # there is no such user
        raise typer.BadParameter(f"expected a path, found {text!r}: {error}") from error


def dangling_link(path: Path) -> Path | None:
    """Return the link on the way to `path`, or at its end, that leads nowhere; None where there is none."""
    for place in (*reversed(path.parents), path):
        try:
            if place.is_symlink() and not place.exists():
                return place
        except OSError:  # what may not be looked at is told by whoever needs it
            return None
    return None


def describe_link(link: Path) -> str:
    """Say where a link leads that leads nowhere."""
    return f"{link} is a link to {link.readlink()}, which does not exist"


def describe_kind(path: Path) -> str:
    """Say what stands at `path`, which is no directory."""
    return "a file" if path.is_file() else "neither a directory nor a file"


def unicode_name(path: Path) -> str:
    """Return a name in Unicode, though what the file system has may be other bytes."""
    return os.fsencode(path).decode(errors="backslashreplace")


def printable_name(path: Path) -> str:
    """Return a name that does nothing to a terminal."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in unicode_name(path))


def _parse_address(text: str) -> Address | None:
    try:
        return parse_address(str(text))  # a default is a path already
    except SettingsError as error:
        raise typer.BadParameter(str(error)) from error


def _check(path: Path, directory: Path, expected: str) -> None:
    """Raise BadParameter where a link on the way to `path` leads nowhere, or `directory` cannot be one."""
    if link := dangling_link(path):
        raise typer.BadParameter(f"expected {expected}, found that {describe_link(link)}")
    if file := _file_on_the_way(directory):
        raise typer.BadParameter(f"expected {expected}, found that {file} is {describe_kind(file)}")


def _file_on_the_way(path: Path) -> Path | None:
    """Return the first part of `path` that is there and is no directory."""
    for place in (*reversed(path.parents), path):
        try:
            if place.exists() and not place.is_dir():
                return place
        except OSError:
            return None
    return None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
