"""One run of a search: one life of a process, from its settings to the report at its end."""
