"""Watches over the server that trials are forked from while it imports: that is to import this, until `stop_watching`.

By itself the server looks whether its search still lives once it has imported everything, and an import may stall.
"""

import os
import threading

from job.executors.scratch import remove_after_search, scratch_directory_of_search

_TICK_SECONDS = 0.5

_parent = os.getppid()
_imported = threading.Event()


def stop_watching() -> None:
    """End the thread, lest the server fork with it."""
    _imported.set()
    _thread.join()


def _watch() -> None:
    while not _imported.wait(_TICK_SECONDS):
        if os.getppid() != _parent:
            remove_after_search(scratch_directory_of_search())
            os._exit(0)


_thread = threading.Thread(target=_watch, name="orphan", daemon=True)
_thread.start()
