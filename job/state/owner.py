"""Who holds a state, as one run tells it and others read it."""

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Holder:
    """The run that holds a state."""

    name: str
    # Unix time of its last sign of life, where it has given none for so long that another run may have the state; None
    # where it lives, as far as is known.
    silent_since: float | None = None


def describe_this_run() -> dict[str, str | int]:
    """Return who this run is: in a pod that tells it, the pod, since a process id means nothing outside a container."""
    since = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
    owner: dict[str, str | int] = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
    if pod := os.environ.get("POD_NAME"):
        owner |= {"pod": pod, "uid": os.environ.get("POD_UID", "no uid")}
    return owner


def name_owner(owner: Any) -> str:
    """Return the name of the run that wrote `owner`, which another release may have written, or damage."""
    try:
        name = f"pod {owner['pod']} ({owner['uid']})" if "pod" in owner else f"process {owner['pid']}"
        return f"{name} on {owner['host']}, since {owner['since']}"
    except (KeyError, TypeError):
        return "its name cannot be read"
