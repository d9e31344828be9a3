"""What scripts and notebooks do: read the state of a search, and search. `from job import open_study, search`."""
