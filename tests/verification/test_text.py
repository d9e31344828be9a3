"""How a verification is told."""

import json
from dataclasses import replace

from job.verification import Verification
from job.verification.finding import Difference, Finding, Subject
from job.verification.text import describe_verification, render_verification

SAME = Verification(
    findings=(
        Finding(subject=Subject.PLAN, told="2 of 2 steps are what the plan answers again, to the last bit"),
        Finding(subject=Subject.TRIALS, told="trial 2 trained again: 3 epochs, the same to the last bit"),
        Finding(subject=Subject.TRIALS, told="trial 1 trained again: 3 epochs", not_compared=("its weights",)),
    )
)
NEXT_TO_A_TENTH = 0.10000000000000002
DIFFERENT = Verification(
    findings=(
        Finding(
            subject=Subject.PLAN,
            told="1 of 2 steps are what the plan answers again",
            differences=(
                Difference(place="step 2", name="dropout", recorded=0.1, now=NEXT_TO_A_TENTH),
                Difference(place="step 2", name="input", recorded="", now="a"),
                Difference(place="step 2", name="[red]x", recorded=None, now=True),
            ),
        ),
    ),
    causes=("NumPy 2.4.6 before, 2.5.0 now", "trained elsewhere"),
)


def test_where_nothing_differs_the_text_ends_with_that() -> None:
    assert render_verification(SAME).splitlines() == [
        "Plan     2 of 2 steps are what the plan answers again, to the last bit",
        "Trials   trial 2 trained again: 3 epochs, the same to the last bit",
        "         trial 1 trained again: 3 epochs",
        "           not compared: its weights",
        "Verdict  nothing differs",
    ]


def test_a_difference_is_told_with_every_digit_and_what_may_explain_it() -> None:
    assert render_verification(DIFFERENT).splitlines() == [
        "Plan     1 of 2 steps are what the plan answers again",
        "           step 2: dropout recorded 0.1, now 0.10000000000000002",
        "           step 2: input recorded none, now a",
        "           step 2: [red]x recorded none, now True",
        "Cause?   NumPy 2.4.6 before, 2.5.0 now",
        "         trained elsewhere",
        "Verdict  3 differences, in plan",
    ]


def test_of_many_differences_the_text_tells_the_first_ones_and_json_all() -> None:
    (finding,) = DIFFERENT.findings
    many = replace(DIFFERENT, findings=(replace(finding, differences=finding.differences[:1] * 23),))

    text = render_verification(many).splitlines()
    assert sum("dropout recorded" in line for line in text) == 20
    assert "           and 3 more differences, which --json tells" in text
    assert len(describe_verification(many)["findings"][0]["differences"]) == 23


def test_json_holds_the_values_as_they_are() -> None:
    described = json.loads(json.dumps(describe_verification(DIFFERENT), allow_nan=False))

    assert (described["exit_code"], described["causes"]) == (65, list(DIFFERENT.causes))
    assert described["verdict"] == "3 differences, in plan"
    first, _, third = described["findings"][0]["differences"]
    assert (first["recorded"], first["now"]) == (0.1, NEXT_TO_A_TENTH)
    assert (third["recorded"], third["now"]) == (None, True)
    assert describe_verification(SAME)["exit_code"] == 0
