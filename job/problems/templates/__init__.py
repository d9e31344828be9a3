"""Problems to begin one's own from: each is a file beside this one, named by its kind, that runs as it stands."""

from pathlib import Path

from job.errors import SettingsError

_SUFFIX = ".py"


def write(kind: str, file: Path) -> None:
    """Write the problem of a kind, such as `table`, to `file`, under whose name it speaks of itself.

    Raise SettingsError where something is there already, or the file cannot be made.
    """
    template = Path(__file__).with_name(kind + _SUFFIX)
    if file.suffix != _SUFFIX:
        raise SettingsError(f"FILE: expected a name that ends with {_SUFFIX}, found {str(file)!r}")
    text = template.read_text(encoding="utf-8").replace(template.name, file.name)
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError as error:
        raise SettingsError(
            f"{file}: expected the name of a file that is not there yet, found one that is",
            hint="it is left as it is: give another name, or remove it first",
        ) from error
    except FileNotFoundError as error:
        raise SettingsError(
            f"{file}: expected a folder {file.parent}, found none", hint=f"make it with mkdir -p {file.parent}"
        ) from error
    except OSError as error:
        raise SettingsError(f"{file}: cannot be written: {error.strerror}") from error
