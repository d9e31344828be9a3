"""The table `[space]` of a settings file: what is given of the problem's dimensions, each under its name.

`activation = "relu"` fixes a value, as `--fix` does; `optimizer = ["adam", "sgd"]` gives choices, as `--choices` does;
`learning_rate = {low = 1e-4, high = 1e-2, prior = "log"}` gives bounds, as `--bounds` does. A text in
place of the table is the name of a space.
"""

from collections.abc import Mapping
from pathlib import Path

from job.errors import SettingsError

TABLE = "space"
_FORMS = "a value, a list of values, or a table such as {low = 1e-4, high = 1e-2, prior = 'log'}"


def options_in(table: Mapping[str, object], path: Path) -> dict[str, list[str]]:
    """Return the options that a table gives, as the command line writes their values."""
    options: dict[str, list[str]] = {}
    for name, value in table.items():
        option, text = _option(value, f"--config: {path}: [{TABLE}]: {name}")
        options.setdefault(option, []).append(f"{name}={text}")
    return options


def _option(value: object, where: str) -> tuple[str, str]:
    match value:
        case list() if value and all(_is_plain(each) for each in value):
            return "choices", ",".join(map(str, value))
        case {"low": int() | float() as low, "high": int() | float() as high, **rest} if set(rest) <= {"prior"}:
            return "bounds", ":".join(map(str, (low, high, *rest.values())))
        case _ if _is_plain(value):
            return "fix", str(value)
    raise SettingsError(f"{where}: expected {_FORMS}, found {value!r}")


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)
