"""study.json: what is written is read, and nothing else is."""

import hashlib
import json
import math
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from job.core.ending import EndKind
from job.core.expectation import Expectation
from job.core.fingerprint import ADDITIVE_GP, DataDescription, Fingerprint
from job.core.journal import Dropped, Enqueued, Entry, Retried
from job.core.limits import Limits
from job.core.objective import Objective
from job.core.run import Run, RunEnd
from job.core.space import Categorical, Dimension, Integer, Ordinal, Space
from job.core.step import Attempt, Step, Threshold
from job.core.study import Study
from job.core.tested import Figure, LabelResult, NumberResult, TestResult
from job.core.trial import Hits, Keep, Origin, RungScore, Status, Trial
from job.state.earlier_formats import NEWEST_FORMAT
from job.state.sealed import DamagedError, NewerFormatError, seal
from job.state.study_data import encode, encode_fingerprint
from job.state.study_json import FORMAT, dump, load
from tests.fake_rungs import begin_trial, search_on_rungs
from tests.fakes import START, study_of
from tests.spaces import points, spaces

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(max_size=8)
LOGS = st.dictionaries(TEXTS, NUMBERS, max_size=3)
EXPECTATIONS = st.builds(Expectation, score=NUMBERS, deviation=NUMBERS, improvement=NUMBERS, chance=NUMBERS)
RUNG_SCORES = st.builds(RungScore, epochs=NUMBERS, batches=st.integers(1, 9), score=NUMBERS)
HITS = st.builds(Hits, examples=st.integers(1, 9), packed=st.binary(max_size=3))
SMALL = replace(study_of(0.9, epochs=1), runs=())


@st.composite
def fingerprints(draw: st.DrawFn) -> Fingerprint:
    space = draw(spaces())
    return Fingerprint(
        problem=draw(TEXTS),
        space=space,
        default=draw(points(space)),
        data=draw(TEXTS),
        seed=draw(st.integers(min_value=0)),
        epochs=draw(st.integers(1, 9)),
        batch_size=128,
        objective=Objective(draw(st.text(min_size=1, max_size=8)), draw(st.sampled_from(("max", "min")))),
        surrogate="GP",
        acquisition="EI",
        initial_points=3,
        deterministic=draw(st.booleans()),
        keep=draw(st.sampled_from(Keep)),
        threads=draw(st.none() | st.integers(1, 64)),
        lookahead=draw(st.integers(1, 9)),
        start_batches=draw(st.integers(1, 2)),
        start_share=draw(st.sampled_from((0.0, 0.1))),
        rungs=tuple(draw(st.lists(NUMBERS, max_size=2))),
        gpu_memory=draw(st.none() | st.integers(1, 99)),
        bounds=tuple(draw(st.lists(TEXTS, max_size=2))),
    )


@st.composite
def trials(draw: st.DrawFn, number: int, space: Space) -> Trial:
    return Trial(
        number=number,
        params=draw(points(space)),
        expected=draw(st.none() | EXPECTATIONS),
        status=draw(st.sampled_from(Status)),
        history=tuple(draw(st.lists(LOGS, max_size=2))),
        imported_value=draw(st.none() | NUMBERS),
        seconds=draw(NUMBERS),
        attempts=draw(st.integers(0, 9)),
        started_at=draw(st.none() | NUMBERS),
        ended_at=draw(st.none() | NUMBERS),
        reason=draw(TEXTS),
        log_tail=draw(TEXTS),
        model_sha256=draw(TEXTS),
        batch=draw(st.integers(0, 9)),
        batches=draw(st.none() | st.integers(1, 9)),
        kept=draw(st.none() | LOGS),
        rungs=tuple(draw(st.lists(RUNG_SCORES, max_size=2))),
        hits=draw(st.none() | HITS),
    )


ATTEMPTS = st.builds(
    Attempt,
    run=st.integers(1, 9),
    started_at=NUMBERS,
    ended=st.none() | st.sampled_from(EndKind),
    ended_at=st.none() | NUMBERS,
    reason=TEXTS,
    in_company=st.booleans(),
)
STEPS = st.builds(
    Step,
    number=st.integers(1, 9),
    trial=st.integers(1, 9),
    to_epoch=st.integers(1, 9),
    begins=NUMBERS,
    ends=st.none() | NUMBERS,
    ended=st.none() | st.sampled_from(EndKind),
    seconds=NUMBERS,
    attempts=st.lists(ATTEMPTS, max_size=2).map(tuple),
    thresholds=st.lists(st.builds(Threshold, epochs=NUMBERS, score=st.none() | NUMBERS), max_size=2).map(tuple),
    stopped_at=st.none() | NUMBERS,
    request=TEXTS,
)


@st.composite
def entries(draw: st.DrawFn, space: Space) -> Entry:
    limits = st.builds(Limits, trials=st.none() | st.integers(1, 99), max_hours=st.none() | NUMBERS)
    numbers = st.integers(1, 9)
    inputs = limits | points(space).map(Enqueued) | numbers.map(Dropped) | numbers.map(Retried)
    return Entry(step=draw(numbers), at=draw(NUMBERS), input=draw(inputs), request=draw(TEXTS))


@st.composite
def studies(draw: st.DrawFn) -> Study:
    fingerprint = draw(fingerprints())
    count = draw(st.integers(0, 2))
    runs = st.builds(Run, started_at=NUMBERS, last_saved_at=NUMBERS, ended=st.sampled_from(RunEnd))
    return Study(
        fingerprint=fingerprint,
        trials=tuple(draw(trials(number, fingerprint.space)) for number in range(1, count + 1)),
        runs=tuple(draw(st.lists(runs, max_size=2))),
        test=draw(
            st.none() | st.builds(TestResult, number=st.integers(1, 9), metrics=LOGS, predictions_sha256=st.text())
        ),
        steps=tuple(draw(st.lists(STEPS, max_size=3))),
        journal=tuple(draw(st.lists(entries(fingerprint.space), max_size=3))),
    )


@given(studies())
# Spaces that would be none are drawn and left out: now and then many in a row.
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_any_study_is_read_as_it_was_written(study: Study) -> None:
    assert load(dump(study)) == study
    assert dump(load(dump(study))) == dump(study)  # equality alone takes 1, 1.0 and True for the same


@pytest.mark.parametrize(
    "study",
    [study_of(), study_of(0.9, None, imported=[0.8], running_epochs=2), study_of(0.3, objective="val_loss:min")],
)
def test_the_studies_of_a_search_are_read_as_they_were_written(study: Study) -> None:
    assert load(dump(study)) == study


def test_the_text_is_plain_json_with_the_format_the_digest_and_the_study() -> None:
    document = json.loads(dump(study_of(0.9, None)))

    assert sorted(document) == ["digest", "format", "study"]
    assert [trial["status"] for trial in document["study"]["trials"]] == ["completed", "failed"]
    assert [each["kind"] for each in document["study"]["fingerprint"]["space"]] == [
        "real",
        "integer",
        "real",
        "categorical",
    ]


def test_the_same_study_is_written_in_the_same_bytes() -> None:
    assert dump(study_of(0.9, None)) == dump(study_of(0.9, None))


def test_every_flipped_bit_is_found_or_changes_nothing() -> None:
    intact = dump(SMALL)
    for index in range(len(intact)):
        for bit in range(8):
            damaged = bytearray(intact)
            damaged[index] ^= 1 << bit
            _assert_found_or_harmless(bytes(damaged))


def test_every_truncation_is_found_or_changes_nothing() -> None:
    intact = dump(SMALL)
    for length in range(len(intact)):
        _assert_found_or_harmless(intact[:length])


@given(st.binary(max_size=60) | st.text(alphabet='[{":1}],', max_size=60).map(str.encode))
def test_what_was_never_a_study_is_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError):
        load(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00" * 4096, b"null", b"[]", b"1", b'"study"', b"{}", b"[" * 100_000, b'{"format": ' + b"9" * 5000 + b"}"],
)
def test_what_a_broken_disk_leaves_is_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError):
        load(data)


@pytest.mark.parametrize("study", [encode(SMALL), {"written": "in another way"}])
def test_a_newer_format_is_told_apart_from_damage(study: object) -> None:
    with pytest.raises(NewerFormatError, match=f"expected format {FORMAT} or before, found {FORMAT + 1}"):
        load(_document(FORMAT + 1, study))


def test_a_newer_format_that_is_damaged_is_damaged() -> None:
    with pytest.raises(DamagedError):
        load(_document(FORMAT + 1, encode(SMALL)).replace(b'"seed": 7', b'"seed": 8'))


def test_the_digest_is_the_sha256_of_the_format_and_the_text_of_the_study() -> None:
    text = json.dumps(encode(SMALL))
    digest = hashlib.sha256(f"{FORMAT}\n{text}".encode()).hexdigest()

    assert load(f'{{"format": {FORMAT}, "digest": "{digest}", "study": {text}}}'.encode()) == SMALL


def test_each_trial_and_each_step_is_a_line() -> None:
    lines = dump(study_of(0.9, None)).decode().splitlines()

    assert [json.loads(line.rstrip(",]"))["status"] for line in lines if '"status"' in line] == ["completed", "failed"]
    assert sum(line.startswith('{"number"') for line in lines) == 4


def test_what_has_not_changed_since_the_study_before_is_written_in_the_same_bytes() -> None:
    before = study_of(0.9, None)
    after = study_of(0.9, None, running_epochs=1)
    longer = replace(after, trials=(*before.trials, after.trials[-1]), steps=(*before.steps, after.steps[-1]))
    dump(before)

    assert dump(longer) == dump(after)


def test_epochs_that_report_other_metrics_than_the_first_are_read_as_they_were_written() -> None:
    study = study_of(0.9)
    for history in (({"loss": 0.5}, {"accuracy": 0.5}), ({"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 1.0}), ({}, {})):
        changed = replace(study, trials=(replace(study.trial(1), history=history),))
        assert dump(load(dump(changed))) == dump(changed)
        assert load(dump(changed)).trial(1).history == history


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_never_written(score: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dump(study_of(score))


def test_a_fingerprint_as_plain_data_says_each_setting_by_its_name() -> None:
    content = encode_fingerprint(study_of().fingerprint)

    assert json.loads(json.dumps(content))["space"] == [
        {"kind": "real", "name": "learning_rate", "low": 1e-6, "high": 1e-2, "prior": "log-uniform"},
        {"kind": "integer", "name": "filters", "low": 8, "high": 64, "prior": "uniform"},
        {"kind": "real", "name": "dropout", "low": 0.0, "high": 0.5, "prior": "uniform"},
        {"kind": "categorical", "name": "activation", "categories": ["relu", "tanh"]},
    ]
    assert content["objective"] == "val_accuracy:max"


def test_a_space_that_earlier_programs_know_is_written_as_they_do() -> None:
    assert json.loads(dump(SMALL))["format"] == 4


@pytest.mark.parametrize(
    ("dimension", "written"),
    [
        (
            Integer("n", 2, 6, step=2),
            {"kind": "integer", "name": "n", "low": 2, "high": 6, "prior": "uniform", "step": 2},
        ),
        (Ordinal("n", (2, 4)), {"kind": "ordinal", "name": "n", "categories": [2, 4]}),
        (
            Categorical("n", (2, 4), when={"other": [1]}),
            {"kind": "categorical", "name": "n", "categories": [2, 4], "when": {"other": [1]}},
        ),
    ],
)
def test_a_space_that_programs_before_format_5_do_not_know_is_of_that(
    dimension: Dimension, written: dict[str, Any]
) -> None:
    space = Space((dimension, Categorical("other", (1,))))
    study = Study(fingerprint=replace(study_of().fingerprint, space=space, default={"n": 2, "other": 1}))
    document = json.loads(dump(study))
    assert document["format"] == 5
    assert document["study"]["fingerprint"]["space"][0] == written
    assert load(dump(study)) == study


@pytest.mark.parametrize("given", [{"choices": ("filters=8,16",)}, {"fix": ("filters=8",)}])
def test_choices_and_fixed_values_as_given_are_kept_in_format_5(given: dict[str, Any]) -> None:
    study = Study(fingerprint=replace(study_of().fingerprint, **given))
    assert json.loads(dump(study))["format"] == 5
    loaded = load(dump(study)).fingerprint
    assert {name: getattr(loaded, name) for name in given} == given


@pytest.mark.parametrize("given", [{"design": "sobol"}, {"surrogate": "none"}])
def test_a_search_that_programs_before_format_5_cannot_go_on_with_is_of_that(given: dict[str, Any]) -> None:
    study = Study(fingerprint=replace(study_of().fingerprint, **given))
    assert json.loads(dump(study))["format"] == 5
    assert load(dump(study)) == study
    assert "design" not in encode_fingerprint(study_of().fingerprint)


def test_a_search_whose_surrogate_programs_before_format_6_do_not_know_is_of_that() -> None:
    study = Study(fingerprint=replace(study_of().fingerprint, surrogate=ADDITIVE_GP, lookahead=8))
    assert json.loads(dump(study))["format"] == 6
    assert load(dump(study)) == study


STOPPED = replace(
    study_of(0.9).trial(1),
    status=Status.STOPPED,
    rungs=(RungScore(epochs=0.1, batches=2, score=0.3), RungScore(epochs=1.0, batches=16, score=0.5)),
)
STEP = study_of(0.9).steps[0]


@pytest.mark.parametrize(
    "study",
    [
        replace(SMALL, fingerprint=replace(SMALL.fingerprint, rungs=(0.5,))),
        replace(SMALL, fingerprint=replace(SMALL.fingerprint, gpu_memory=8192)),
        replace(SMALL, fingerprint=replace(SMALL.fingerprint, start_batches=50)),
        SMALL.limited(Limits(confirm="2x2"), now=START),
        SMALL.replicate(1, 1).record_test_of_replicate(TestResult(number=-1, metrics={"loss": 0.5})),
        replace(SMALL, trials=(STOPPED,)),
        replace(SMALL, trials=(replace(STOPPED, status=Status.RUNNING),)),
        replace(SMALL, trials=(replace(STOPPED, rungs=()),)),
        replace(SMALL, steps=(replace(STEP, thresholds=(Threshold(epochs=0.5), Threshold(epochs=1.0, score=0.7))),)),
        replace(SMALL, trials=(replace(SMALL.trial(1), hits=Hits(examples=9, packed=b"\xfe\x80")),)),
        replace(SMALL, steps=(replace(STEP, stopped_at=0.5),)),
        replace(SMALL, steps=(replace(STEP, attempts=(Attempt(run=1, started_at=START, in_company=True),)),)),
    ],
)
def test_what_came_with_rungs_workers_and_hits_is_of_format_7_and_nothing_else_is(study: Study) -> None:
    assert json.loads(dump(study))["format"] == 7
    assert load(dump(study)) == study
    assert json.loads(dump(SMALL))["format"] < 7
    names = (
        b"rungs",
        b"gpu_memory",
        b"start_batches",
        b"stopped_at",
        b"in_company",
        b"hits",
        b"replicates",
        b"confirm",
    )
    assert not any(name in dump(SMALL) for name in names)


def test_a_step_that_was_lost_with_its_machine_is_of_format_8() -> None:
    study = begin_trial(search_on_rungs(0.9), machine="gpu-1:4001")
    assert json.loads(dump(study))["format"] == 7
    lost = study.lose(2, now=START, reason="it has not answered for 60 s")
    assert json.loads(dump(lost))["format"] == FORMAT == 8
    assert load(dump(lost)) == lost


def test_what_was_expected_of_a_trial_is_kept_in_format_6_and_a_state_without_it_is_of_an_earlier_one() -> None:
    expected = Expectation(score=0.98, deviation=0.004, improvement=0.001, chance=0.25)
    without, params = study_of(0.9), study_of(0.9).trial(1).params
    study = without.propose(params).expect(expected)

    document = json.loads(dump(study))
    assert document["format"] == 6
    assert [trial.get("expected") for trial in document["study"]["trials"]] == [
        None,
        {"score": 0.98, "deviation": 0.004, "improvement": 0.001, "chance": 0.25},
    ]
    assert "expected" not in document["study"]["trials"][0]
    assert load(dump(study)) == study
    assert json.loads(dump(without))["format"] == 4


def test_the_fingerprint_of_a_study_that_was_read_equals_that_of_the_one_that_was_written() -> None:
    study = study_of(0.9)
    study = replace(study, fingerprint=replace(study.fingerprint, bounds=("filters=8:64",)))

    assert encode_fingerprint(load(dump(study)).fingerprint) == encode_fingerprint(study.fingerprint)


def _assert_found_or_harmless(data: bytes) -> None:
    try:
        study = load(data)
    except DamagedError:
        return
    assert study == SMALL, data


def _document(version: int, study: object) -> bytes:
    """Return a study as plain data as the release of a format has written it."""
    if version > NEWEST_FORMAT:
        return seal(study, name="study", version=version)
    canonical = json.dumps([version, study], sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return json.dumps({"format": version, "digest": digest, "study": study}).encode()


def test_what_is_known_of_data_runs_and_models_comes_back() -> None:
    data = DataDescription(train=10, validation=4, test=5, image_shape=(8, 8, 1), class_names=("a", "b"))
    study = study_of(0.8).describe_data(data)
    study = study.open_run(now=START, versions={"Keras": "3"}, options=("--seed", "1"))
    study = study.touch_run(now=START + 1, epochs=3, seconds={"trials": 2.0}).note_device(
        "CPU: a processor", {"oneDNN": "off"}
    )
    assert load(dump(study)) == study


def test_what_the_test_says_of_labels_and_numbers_comes_back_and_what_it_does_not_say_is_not_written() -> None:
    figure = Figure(value=0.5, interval=(0.25, 0.75))
    test = TestResult(
        number=1,
        metrics={"mae": 0.5},
        class_names=("0", "1"),
        labels=(LabelResult(name="new", right=3, wrong=0, missed=1),),
        numbers=(NumberResult(name="1", mae=figure, rmse=Figure(value=1.0), r2=None),),
        intervals={"mae": (0.25, 0.75)},
        untold="there are 2 outputs",
        uncounted=True,
    )
    study = study_of(0.8).record_test(test)
    assert load(dump(study)) == study
    plain = dump(study_of(0.8).record_test(TestResult(number=1, metrics={"mae": 0.5})))
    assert not any(name in plain for name in (b"labels", b"numbers", b"intervals", b"untold", b"uncounted"))


def test_the_trials_of_earlier_formats_came_one_after_another() -> None:
    document = json.loads((Path(__file__).parent / "format_2" / "interrupted" / "study.json").read_bytes())
    content = document["study"]
    content["trials"][1] |= {"status": "failed", "reason": "diverged: loss is nan after epoch 2"}
    study = load(_document(2, content))

    ended = [(step.trial, step.begins, step.ends, step.ended) for step in study.steps]
    batches = [trial.batches for trial in study.trials]
    assert batches == [None] * 4  # which these releases did not tell
    assert ended == [
        (1, 0.0, 1.0, EndKind.COMPLETED),
        (2, 1.0, 2.0, EndKind.DIVERGED),
        (3, 2.0, 3.0, EndKind.COMPLETED),
        (4, 3.0, None, None),
    ]
    assert [trial.origin for trial in study.trials] == [Origin.GIVEN] + [Origin.PROPOSED] * 3
    assert study.limits == Limits(trials=6)
    assert load(dump(study)) == study


def test_limits_are_written_in_full_since_a_later_release_may_have_other_defaults() -> None:
    study = study_of(0.8)
    (entry,) = encode(study)["journal"]
    names = {each.name for each in fields(Limits)}
    assert set(entry["input"]) == names - {"confirm"}  # which earlier releases do not know
    assert set(encode(study.limited(Limits(confirm="auto"), now=START))["journal"][1]["input"]) == names


def test_the_bounds_of_earlier_formats_are_those_of_the_last_command_line_with_some() -> None:
    content = json.loads((Path(__file__).parent / "format_2" / "unbroken.json").read_bytes())["study"]
    content["sessions"][0]["options"] = ["--bounds", "width=8:32", "--seed", "3", "--bounds", "learning_rate=3e-3:0.03"]
    content["sessions"].append({**content["sessions"][0], "options": ["--seed", "3"]})

    assert load(_document(2, content)).fingerprint.bounds == ("width=8:32", "learning_rate=3e-3:0.03")


def test_the_limits_of_earlier_formats_are_those_of_the_last_run() -> None:
    content = json.loads((Path(__file__).parent / "format_2" / "unbroken.json").read_bytes())["study"]
    options = ["--trials", "6", "--max-failures", "9", "--trial-timeout", "1200.0", "--max-attempts", "2"]
    content["sessions"].append({**content["sessions"][0], "options": options})

    limits = Limits(trials=6, max_failures=9, trial_timeout=1200.0, max_attempts=2)
    assert load(_document(2, content)).limits == limits


def test_a_study_of_format_1_is_read_which_knew_less() -> None:
    content = json.loads((Path(__file__).parent / "format_2" / "unbroken.json").read_bytes())["study"]
    now = load(_document(2, content))
    content.pop("data", None)
    for run in content["sessions"]:
        for name in ("device", "versions", "arithmetic", "options", "epochs", "seconds"):
            run.pop(name, None)
    for trial in content["trials"]:
        trial.pop("n_weights", None)
    before = load(_document(1, content))

    assert [trial.history for trial in before.trials] == [trial.history for trial in now.trials]
    assert (before.data, before.device, before.trial(1).n_weights) == (None, "", None)
