"""The address of a Dask scheduler, as people write it: tcp://HOST:PORT, or tls://HOST:PORT."""

import re
from ipaddress import ip_address

import typer

_PORT = 8786  # Dask's own, where none is given
_ADDRESS = re.compile(r"(?P<protocol>tcp|tls)://(?P<host>\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::(?P<port>\d{1,5}))?/?")


def parse_scheduler(text: str) -> str:
    """Return an address with its port; raise BadParameter for what is none."""
    found = _ADDRESS.fullmatch(text.strip())
    port = int(found["port"] or _PORT) if found else 0
    if found is None or not 1 <= port <= 65535:
        raise typer.BadParameter(
            f"expected an address such as tcp://HOST:{_PORT} or tls://HOST:{_PORT}, found {text!r}"
        )
    return f"{found['protocol']}://{found['host']}:{port}"


def is_open_to_others(address: str) -> bool:
    """Tell whether an address that is listened at takes whoever reaches it: no certificate is asked for."""
    protocol, _, rest = address.partition("://")
    host = rest.rpartition(":")[0].strip("[]")
    try:
        return protocol == "tcp" and not ip_address(host).is_loopback
    except ValueError:
        return protocol == "tcp" and host != "localhost"
