"""The options that `hpo-job worker` takes from a manifest's arguments and environment, as the command reads them."""

from collections.abc import Mapping
from typing import Any

import typer
from typer.main import get_command
from typer.testing import CliRunner

from job.cli.app import app
from job.cli.usage import usage_error
from job.errors import SettingsError
from tests.kubernetes.manifests import Manifest, container_of
from tests.kubernetes.pod_environment import arguments_of, environment_of
from tests.kubernetes.search_settings import IDENTITY

_COMMAND: Any = get_command(app)
_WORKER = _COMMAND.commands["worker"]
WORKER_VARIABLES = {name for option in _WORKER.params for name in option.envvar or ()}


def worker_options_of(manifest: Manifest) -> Mapping[str, Any]:
    """Return the options by their names; raise SettingsError for what the command refuses."""
    container = container_of(manifest)
    variables = environment_of(container, IDENTITY)
    command, *arguments = arguments_of(container, variables)
    if command != "worker" or "command" in container:
        raise SettingsError(f"expected the image's entry point and the command worker, found {command}")
    environment = {**dict.fromkeys(WORKER_VARIABLES), **variables}  # None unsets what is set out here
    with CliRunner().isolation(env=environment):
        try:
            return dict(_WORKER.make_context("worker", arguments).params)
        except typer.TyperException as error:
            raise usage_error(error) from error
