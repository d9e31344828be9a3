import csv
import io

from job.report.spreadsheet import render_csv
from job.report.summary import summarize
from tests.fakes import study_of


def test_every_trial_is_a_row_with_its_parameters_at_full_precision() -> None:
    study = study_of(0.91, 0.988, None)
    rows = list(csv.DictReader(io.StringIO(render_csv(summarize(study)))))
    assert [(row["rank"], row["trial"], row["status"]) for row in rows] == [
        ("1", "2", "completed"),
        ("2", "1", "completed"),
        ("", "3", "failed"),
    ]
    best = study.trial(2)
    assert {name: float(rows[0][name]) for name in ("learning_rate", "filters", "dropout")} == {
        name: best.params[name] for name in ("learning_rate", "filters", "dropout")
    }
    assert rows[0]["activation"] == best.params["activation"]
    assert (float(rows[0]["val_accuracy"]), rows[2]["val_accuracy"]) == (0.988, "")
    assert rows[0]["started"].endswith("Z")
    assert rows[2]["reason"] == study.trial(3).reason
