"""Dask as it is used here: imported late, quiet, and with certificates from its own settings."""

import logging
from typing import Literal

from job.errors import SettingsError

Role = Literal["scheduler", "worker", "client"]

_TLS = "DASK_DISTRIBUTED__COMM__TLS__"

# Dask looks a hundred times a second at what its tasks do, and fifty times whether its event loop comes round. There
# are no tasks here, and each look takes time from the training.
_SETTINGS = {"distributed.worker.profile.enabled": False, "distributed.admin.tick.interval": "1s"}


def import_dask(address: str, role: Role) -> None:
    """Import Dask for the one who has this role at an address.

    Raise SettingsError where it is not installed, or has no certificates for an address that asks for them.
    """
    try:
        import dask
        from distributed.security import Security
    except ImportError as error:
        raise SettingsError(
            f"expected Dask for a search on a cluster, found that it is not installed: {error}",
            hint="pip install 'hpo-job[cluster]'; the image has it",
        ) from error
    dask.config.set(_SETTINGS)
    for name in ("distributed", "distributed.client"):  # which tell of each connection that ends
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if address.startswith("tls://"):
        own = f"{_TLS}{role.upper()}"
        try:
            found = "none" if Security().get_connection_args(role).get("ssl_context") is None else ""
        except OSError as error:  # ssl.SSLError is one
            found = f"files that cannot be used: {error}"
        if found:
            raise SettingsError(
                f"{address}: expected certificates for the {role} in the settings of Dask, found {found}",
                hint=f"set {_TLS}CA_FILE, {own}__CERT and {own}__KEY to the paths of PEM files",
            )
