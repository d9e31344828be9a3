"""The report as files: what stands in the directory of that name."""

import json
from collections.abc import Mapping

from job.report.spreadsheet import render_csv
from job.report.summary import summarize
from job.report.text import render_text
from job.study import Study


def render_files(study: Study, *, model_path: str) -> Mapping[str, str]:
    """Return the content of each file of the report by its name; `model_path` is where the best model lies."""
    summary = summarize(study)
    return {
        "report.txt": render_text(summary, model_path=model_path),
        "trials.csv": render_csv(summary),
        "report.json": json.dumps(summary, indent=2, allow_nan=False) + "\n",
    }
