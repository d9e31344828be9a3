"""The settings that `hpo-job search` takes from a manifest's arguments and environment, as the command reads them."""

from functools import cache

import typer
from typer.testing import CliRunner

from job.cli.options import takes_settings
from job.errors import SettingsError
from job.settings import Settings, option_names
from job.settings.option import PREFIX
from tests.kubernetes.manifests import Manifest, container_of
from tests.kubernetes.pod_environment import Identity, arguments_of, environment_of

JOB = "hpo-job-nightly-29731020"
IDENTITY = Identity(
    name=f"{JOB}-x7k2p",
    uid="6f0e2a51-4c5c-4b5e-9f0e-0d8f4a0b7c11",
    labels={"batch.kubernetes.io/job-name": JOB, "app.kubernetes.io/name": "hpo-job"},
)
# What the image sets; a manifest's own variables win over it.
IMAGE_ENVIRONMENT = {f"{PREFIX}STATE": "/state", f"{PREFIX}DOWNLOAD": "false"}
VARIABLES = {f"{PREFIX}{name.upper()}" for name in option_names()}

_parser = typer.Typer(pretty_exceptions_enable=False)


@_parser.command()
@takes_settings
def _keep(context: typer.Context, settings: Settings) -> None:
    context.obj.append(settings)


def settings_of(manifest: Manifest) -> Settings:
    """Return what a pod of the manifest searches with; raise SettingsError for what the command refuses."""
    container = container_of(manifest)
    variables = environment_of(container, IDENTITY)
    command, *arguments = arguments_of(container, variables)
    if command != "search" or "command" in container:
        raise SettingsError(f"expected the image's entry point and the command search, found {command}")
    settings = _parsed(tuple(arguments), tuple({**IMAGE_ENVIRONMENT, **variables}.items()))
    settings.check()
    return settings


@cache  # every rule asks of every manifest, and few of these differ in their settings
def _parsed(arguments: tuple[str, ...], variables: tuple[tuple[str, str], ...]) -> Settings:
    kept: list[Settings] = []
    environment = {**dict.fromkeys(VARIABLES), **dict(variables)}  # None unsets what is set out here
    result = CliRunner().invoke(_parser, arguments, env=environment, obj=kept)
    if not kept:
        raise SettingsError(result.output)
    (settings,) = kept
    return settings
