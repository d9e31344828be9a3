"""The command `hpo-job` with the problems of the tests beside the built-in ones: `python -m tests.command search …`."""

from job import problems
from job.cli import main

if __name__ == "__main__":
    problems.BUILT_IN["foreign"] = "tests.fake_problems.foreign"
    problems.BUILT_IN |= {
        "tiny": "tests.fake_problems.tiny",
        "broken": "tests.fake_problems.broken",
        "branching": "tests.fake_problems.branching",
        "steady": "tests.fake_problems.steady",
        "stalling": "tests.fake_problems.stalling",
    }
    main()
