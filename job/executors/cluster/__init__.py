"""Work on the machines of a Dask cluster: each call in a process of its own there, as on the machine of a run.

    search                                            worker, on another machine
    ClusterExecutor ── submit, stop, close ─►  Node ── the same ─► ProcessExecutor ── a process for each call
                    ◄─ words: events, files, endings ─┘

Dask brings the machines together: its scheduler knows which workers there are, and carries what is said to them. What
runs where, and what becomes of it when a worker goes, is the search's alone, since trials are decided by it: nothing is
a task of Dask's. The files of a trial travel with what is said, so that the search alone writes to its state, wherever
that is, and a worker needs no access to it.
"""
