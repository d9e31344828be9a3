import csv
import io
from dataclasses import replace

from job.core.space import Integer, Space
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


def test_a_parameter_that_is_named_like_another_column_has_a_name_of_its_own() -> None:
    study = study_of(0.9)
    names = ("epochs", "val_accuracy", "filters")
    space = Space(tuple(Integer(name, 1, 50) for name in names))
    (trial,) = study.trials
    study = replace(
        study,
        fingerprint=replace(study.fingerprint, space=space),
        trials=(replace(trial, params={"epochs": 7, "val_accuracy": 8, "filters": 9}),),
    )
    header, row = csv.reader(io.StringIO(render_csv(summarize(study))))
    assert len(set(header)) == len(header)
    values = dict(zip(header, row, strict=True))
    assert [values[name] for name in ("params.epochs", "params.val_accuracy", "filters")] == ["7", "8", "9"]
    assert (values["epochs"], values["val_accuracy"]) == ("3", "0.9")
