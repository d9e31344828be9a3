"""The commands together, and the one place where errors become exit codes."""

import sys
from typing import Annotated

import typer

from job import __version__
from job.cli import (
    ask,
    check,
    compare,
    copy,
    doctor,
    evaluate,
    init,
    logs,
    predict,
    report,
    requests,
    retrain,
    search,
    status,
    verify,
    worker,
)
from job.cli.usage import usage_error
from job.errors import ExitCode, JobError
from job.run.stopping import StopFlag
from job.settings.option import name_today

app = typer.Typer(
    name="hpo-job",
    help="Search for the hyper-parameters of a Keras model, in a job that can be killed at any instant: "
    "run the same command again, and it goes on.",
    epilog="Exit codes: 0 finished, 2 usage, 65 state damaged, 66 data missing, 70 no trial succeeds, 73 locked, "
    "74 state not writable, 75 interrupted (run again), 77 no permission, 78 other settings or no GPU.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "token_normalize_func": name_today},
)
app.command()(init.init)
app.command()(check.check)
app.command()(search.search)
app.command()(worker.worker)
app.command()(status.status)
app.command()(report.report)
app.command()(compare.compare)
app.command()(ask.ask)
app.command()(requests.enqueue)
app.command()(requests.drop)
app.command()(requests.retry)
app.command()(retrain.retrain)
app.command()(evaluate.evaluate)
app.command()(predict.predict)
app.command()(logs.logs)
app.command()(verify.verify)
app.command()(copy.copy)
app.command()(doctor.doctor)


def _show_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"hpo-job {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    del version


def run(stop: StopFlag) -> int:
    """Do what the command line says, and return the exit code; a bug raises whatever it raises."""
    try:
        exit_code = app(obj=stop, standalone_mode=False, prog_name="hpo-job")
    except typer.TyperException as error:
        if type(error).__name__ != "NoArgsIsHelpError":  # it has shown the help instead
            _show_error(usage_error(error))
        return ExitCode.USAGE
    except SystemExit as leaving:  # how Typer ends a command whose output nobody reads
        if not isinstance(leaving.code, int):
            raise  # a text is none of Typer's: the interpreter prints it and exits 1
        return leaving.code
    except JobError as error:
        _show_error(error)
        return error.exit_code
    return exit_code if isinstance(exit_code, int) else ExitCode.OK


def _show_error(error: JobError) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, soft_wrap=True)
    console.print(Text.assemble(("hpo-job: ", "bold red"), str(error)))
    if error.hint:
        console.print(Text.assemble(("what to do: ", "bold"), error.hint))
