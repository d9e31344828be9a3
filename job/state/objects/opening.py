"""Clients of object stores, with credentials and endpoints from the environment as the clouds' own tools take them.

obstore reads most variables itself. What it does not read is here: AWS_PROFILE with the files that it names, Azure's
AZURE_STORAGE_ACCOUNT, AZURE_STORAGE_KEY and AZURE_STORAGE_CONNECTION_STRING, AWS_CA_BUNDLE, and http:// endpoints.
"""

import os
from configparser import ConfigParser
from configparser import Error as ConfigError
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from job.address import Address
from job.errors import StatePermissionError
from job.state.objects.failures import VARIABLES

if TYPE_CHECKING:
    from obstore.store import AzureConfig, ClientConfig, ObjectStore, RetryConfig, S3Config

# A part of a file, of 5 MiB, must be sent in this time, and two others beside it.
_ANSWER_TIMEOUT = timedelta(seconds=20)
_CONNECT_TIMEOUT = timedelta(seconds=5)
# obstore's limit for a whole download, which a slow line needs.
_DOWNLOAD_TIMEOUT = timedelta(hours=2)
# Short hiccups: each request is signed once, and tried with that signature. `Bucket` rides out longer ones.
_RETRY_TIMEOUT = timedelta(seconds=5)
_ENDPOINTS = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"),
    "gs": ("GOOGLE_BASE_URL",),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"),
}


def open_store(address: Address) -> "ObjectStore":
    """Return the client of what lies below `address`; nothing is asked of the store yet.

    Raise StatePermissionError where the environment has no usable credentials.
    """
    from obstore.exceptions import BaseError
    from obstore.store import AzureStore, GCSStore, S3Store

    prefix, retry = address.prefix or None, _retry_config()
    try:
        client = _client_options(address.scheme)
        if address.scheme == "s3":
            config = _shared_credentials()
            return S3Store(address.bucket, prefix=prefix, config=config, client_options=client, retry_config=retry)
        if address.scheme == "gs":
            return GCSStore(address.bucket, prefix=prefix, client_options=client, retry_config=retry)
        azure = _azure_config()
        return AzureStore(address.bucket, prefix=prefix, config=azure, client_options=client, retry_config=retry)
    except (BaseError, ConfigError, OSError, ValueError):  # which may repeat a secret
        message = f"cannot use {address}: the environment gives no usable credentials"
        raise StatePermissionError(message, hint=f"look at {VARIABLES[address.scheme]}") from None


def _client_options(scheme: str) -> "ClientConfig":
    options: ClientConfig = {
        "connect_timeout": _CONNECT_TIMEOUT,
        "read_timeout": _ANSWER_TIMEOUT,
        "timeout": _DOWNLOAD_TIMEOUT,
    }
    endpoint = next(filter(None, map(os.environ.get, _ENDPOINTS[scheme])), "") or _connection().get("BlobEndpoint", "")
    if endpoint.startswith("http://"):
        options["allow_http"] = True
    if bundle := os.environ.get("AWS_CA_BUNDLE"):
        options["root_certificate"] = Path(bundle).read_bytes()
    return options


def _retry_config() -> "RetryConfig":
    return {"max_retries": 10, "retry_timeout": _RETRY_TIMEOUT, "backoff": {"max_backoff": timedelta(seconds=2)}}


def _shared_credentials() -> "S3Config":
    """Return the keys and the region of AWS_PROFILE, as far as no variable says otherwise."""
    config: S3Config = {}
    name = os.environ.get("AWS_PROFILE") or "default"
    keys = _section("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", name)
    settings = _section("AWS_CONFIG_FILE", "~/.aws/config", name if name == "default" else f"profile {name}")
    if not {"AWS_REGION", "AWS_DEFAULT_REGION"} & os.environ.keys() and (region := settings.get("region")):
        config["region"] = region
    if {"AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"} & os.environ.keys():
        return config
    if "aws_access_key_id" in keys:
        config["access_key_id"] = keys["aws_access_key_id"]
        config["secret_access_key"] = keys.get("aws_secret_access_key", "")
    if token := keys.get("aws_session_token"):
        config["session_token"] = token
    return config


def _section(variable: str, default: str, name: str) -> dict[str, str]:
    """Return a section of a file of AWS's; nothing where it is not there."""
    file = ConfigParser(interpolation=None)
    file.read(Path(os.environ.get(variable) or default).expanduser())
    return dict(file[name]) if name in file else {}


def _azure_config() -> "AzureConfig":
    """Return what AZURE_STORAGE_CONNECTION_STRING and the variables of Azure's command line say."""
    config: AzureConfig = {}
    parts = _connection()
    if account := os.environ.get("AZURE_STORAGE_ACCOUNT") or parts.get("AccountName"):
        config["account_name"] = account
    if key := os.environ.get("AZURE_STORAGE_KEY") or parts.get("AccountKey"):
        config["account_key"] = key
    if signature := parts.get("SharedAccessSignature"):
        config["sas_key"] = signature
    if endpoint := parts.get("BlobEndpoint"):
        config["endpoint"] = endpoint
    return config


def _connection() -> dict[str, str]:
    """Return the parts of AZURE_STORAGE_CONNECTION_STRING."""
    text = os.environ.get("AZURE_STORAGE_CONNECTION_STRING", "")
    return dict(part.split("=", 1) for part in text.split(";") if "=" in part)
