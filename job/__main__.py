"""`python -m job` is `hpo-job`."""

from job.cli import main

if __name__ == "__main__":
    main()
