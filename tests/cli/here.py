"""A command within the process of the tests: it starts in no time, and what it imports is there for the next one.

For what a command says and leaves. What belongs to a process (signals, `--run-for`, the environment of its libraries,
the end of the interpreter) needs one of its own.
"""

import io
import os
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from job import problems
from job.cli.app import run
from job.run.stopping import StopFlag
from tests.command import PROBLEMS

Done = subprocess.CompletedProcess[str]


def tests_command(*arguments: str | Path, **variables: str) -> Done:
    """Run a command with the problems of the tests beside the built-in ones."""
    with patch.dict(problems.BUILT_IN, PROBLEMS):
        return hpo_job(*arguments, **variables)


def hpo_job(*arguments: str | Path, **variables: str) -> Done:
    """Run a command with no settings from the environment but `variables`; a bug raises what it raises."""
    command = ["hpo-job", *map(str, arguments)]
    out, error = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HPO_JOB_")}
    with (
        patch.dict(os.environ, {**kept, **variables}, clear=True),
        patch("sys.argv", command),
        redirect_stdout(out),
        redirect_stderr(error),
    ):
        exit_code = run(StopFlag())
    return Done(command, int(exit_code), *(_written(stream) for stream in (out, error)))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
