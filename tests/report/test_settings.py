"""What the report says of what a search was asked to do."""

from dataclasses import replace
from typing import Any

import pytest

from job.core.fingerprint import DataDescription
from job.core.limits import Limits
from job.core.study import Study
from job.report.settings import settings_rows
from job.report.summary import summarize
from tests.fakes import START, study_of


def settings(study: Study) -> dict[str, str]:
    return dict(settings_rows(summarize(study)))


def test_evidence_stands_for_the_first_points() -> None:
    assert settings(study_of(imported=[0.8]))["Proposals"].endswith("; the evidence stands for the first of them")
    assert "evidence" not in settings(study_of(0.8))["Proposals"]


@pytest.mark.parametrize(
    ("limits", "line"),
    [
        (Limits(trials=40), "40 trials"),
        (Limits(max_hours=1.5, patience=1), "1 h 30 min of training, or 1 trial without gain"),
        (Limits(trials=40, target=0.992), "40 trials, or a val_accuracy of 99.20 %"),
        (Limits(), "none"),
    ],
)
def test_the_budgets_are_told(limits: Limits, line: str) -> None:
    study = Study(fingerprint=study_of().fingerprint).open_run(now=START, limits=limits)

    assert settings(study)["Budget"] == line


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            {"design": "sobol"},
            "the default point, then 10 Sobol points, then expected improvement on a Gaussian process",
        ),
        (
            {"surrogate": "additive-gp", "design": "sobol", "initial_points": 5},
            (
                "the default point, then 5 Sobol points, then expected improvement on an additive Gaussian process "
                "(EI, additive-gp)"
            ),
        ),
        ({"surrogate": "none"}, "the default point, then random points, and no surrogate"),
        ({"surrogate": "none", "design": "sobol"}, "the default point, then Sobol points, and no surrogate"),
    ],
)
def test_where_proposals_come_from_is_told(given: dict[str, Any], line: str) -> None:
    study = study_of()
    assert settings(replace(study, fingerprint=replace(study.fingerprint, **given)))["Proposals"].startswith(line)


def test_what_is_not_known_by_name_is_told_as_it_is() -> None:
    fingerprint = replace(study_of().fingerprint, acquisition="gp_hedge", surrogate="GBRT", deterministic=False)
    rows = settings(replace(study_of(), fingerprint=fingerprint))

    assert rows["Proposals"].endswith("then gp_hedge on GBRT (gp_hedge, GBRT)")
    assert rows["Training"].endswith(", not deterministic")


def test_a_single_class_is_not_several() -> None:
    data = DataDescription(train=9, validation=9, test=9, image_shape=(8, 8), class_names=("all",))

    assert "; 8 × 8, 1 class; SHA-256 " in settings(study_of(0.9).describe_data(data))["Data"]
