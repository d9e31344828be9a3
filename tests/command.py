"""The command `hpo-job` with the problems of the tests beside the built-in ones: `python -m tests.command search …`."""

from job import problems
from job.cli import main

NAMES = ("foreign", "tiny", "broken", "branching", "steady", "stalling")
PROBLEMS = {name: f"tests.fake_problems.{name}" for name in NAMES}

if __name__ == "__main__":
    problems.BUILT_IN |= PROBLEMS
    main()
