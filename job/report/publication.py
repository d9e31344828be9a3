"""How a report gets into its directory: by one writer at a time, and never over one of a later state of the search."""

from collections.abc import Mapping
from dataclasses import dataclass

from job.core.study import Study
from job.report.files import JSON, PAGE, is_drawn, known_summary, render_files
from job.report.freshness import holds_later, shows_later, shows_other
from job.report.summary import summarize
from job.state.directory import StateDirectory
from job.state.lock import PATIENCE_SECONDS


@dataclass(frozen=True)
class Publication:
    """The report of the search in `store`.

    `is_newest` is for the run that holds the state, since nobody knows a later one. Each method raises StateLockedError
    where somebody else goes on writing for `patience_seconds`, and the errors of a file that cannot be written.
    """

    store: StateDirectory
    is_newest: bool = False
    patience_seconds: float = PATIENCE_SECONDS

    @property
    def model_path(self) -> str:
        return self.store.told(self.store.best_model)

    def tell(self, study: Study) -> bool:
        """Write what needs no drawing, and return whether that was not of a later state already."""
        with self.store.hold_report(patience_seconds=self.patience_seconds):
            # Here, since another writer may just have found out what matters.
            before = self.store.report_file(JSON)
            summary = known_summary(study, before)
            if not self.is_newest and holds_later(before, summary):
                return False
            self.store.write_report(render_files(summary, model_path=self.model_path))
            return True

    def replace(self, study: Study, files: Mapping[str, bytes | None]) -> bool:
        """Write all files, rendered of `study`, and return whether the page was not of a later state already."""
        with self.store.hold_report(patience_seconds=self.patience_seconds):
            summary = summarize(study)
            keeps_told = not self.is_newest and holds_later(self.store.report_file(JSON), summary)
            keeps_drawn = not self.is_newest and shows_later(self.store.report_file(PAGE), summary)
            kept = {True: keeps_drawn, False: keeps_told}
            self.store.write_report({name: data for name, data in files.items() if not kept[is_drawn(name)]})
            return not keeps_drawn

    def is_complete(self, study: Study) -> bool:
        """Tell whether all of the report is there, and of `study`."""
        before = self.store.report_file(JSON)
        summary = known_summary(study, before)
        if before != render_files(summary, model_path=self.model_path)[JSON]:
            return False
        return not shows_other(self.store.report_file(PAGE), summary)
