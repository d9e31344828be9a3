"""The simulated controller and node themselves, without an engine."""

import copy
import itertools
from collections.abc import Iterable
from pathlib import Path

import pytest

from job.errors import ExitCode
from tests.kubernetes.controller import Clock, Ended, Finished, RunPod, identity_of, run_job
from tests.kubernetes.cron_controller import job_at, next_start, run_cronjob
from tests.kubernetes.failure_policy import DISRUPTION, Action, action_on
from tests.kubernetes.manifests import Manifest, container_of, load_one, pod_of
from tests.kubernetes.node import bytes_of, command_of, read_message
from tests.kubernetes.pod_environment import Identity, arguments_of, environment_of, expand

JOB = load_one("job.yaml")
LIMIT = JOB["spec"]["backoffLimit"]
DONE = Ended(0)
PREEMPTED = Ended(ExitCode.TEMPORARY_FAILURE, disrupted=True)
LOST = Ended(137, disrupted=True)
CRASHED = Ended(ExitCode.BUG)
IDENTITY = Identity("hpo-job-00001", "1-2-3", labels={"batch.kubernetes.io/job-name": "hpo-job"})


def pods_that_end(pods: Iterable[Ended]) -> RunPod:
    """Return a runner whose pods end one after another as given."""
    ends = iter(pods)
    return lambda identity: next(ends)


def run_pods(*pods: Ended) -> Finished:
    return run_job(JOB, pods_that_end(pods))


def test_a_job_is_complete_with_its_first_pod_that_succeeds() -> None:
    assert run_pods(CRASHED, DONE) == Finished("Complete", "CompletionsReached", (CRASHED, DONE), failures=1)


def test_a_preemption_counts_as_no_failure_however_often_it_comes() -> None:
    pods = [*[PREEMPTED, LOST] * 50, DONE]
    assert run_pods(*pods) == Finished("Complete", "CompletionsReached", tuple(pods), failures=0)


HOUR = 3600.0


def starts_of(clock: Clock, *ends: Ended) -> tuple[RunPod, list[float]]:
    """Return a runner whose pods live for an hour each and end as given, and the list that it tells their starts in."""
    remaining, starts = iter(ends), list[float]()

    def run_pod(identity: Identity) -> Ended:
        starts.append(clock.now)
        clock.sleep(HOUR)
        return next(remaining)

    return run_pod, starts


def waits_of(*ends: Ended) -> list[float]:
    """Return how long each pod of the Job but the first was waited for."""
    clock = Clock()
    run_pod, starts = starts_of(clock, *ends)
    run_job(JOB, run_pod, clock)
    return [after - before - HOUR for before, after in itertools.pairwise(starts)]


@pytest.mark.parametrize("end", [PREEMPTED, LOST, Ended(ExitCode.TEMPORARY_FAILURE), CRASHED])
def test_each_failure_doubles_the_wait_up_to_ten_minutes_though_the_policy_ignores_it(end: Ended) -> None:
    assert waits_of(*[end] * 9, DONE) == [10, 20, 40, 80, 160, 320, 600, 600, 600]


def test_a_job_whose_first_pod_succeeds_waits_for_nothing() -> None:
    assert waits_of(DONE) == []


SPOT = load_one("spot.yaml")
PERIOD = 300


def waits_of_schedule(*ends: Ended) -> list[float]:
    """Return how long each pod of the schedule for spot nodes but the first was waited for."""
    clock = Clock(now=1_000 * PERIOD + 17)
    run_pod, starts = starts_of(clock, *ends)
    run_cronjob(SPOT, run_pod, clock, jobs=len(ends))
    return [after - before - HOUR for before, after in itertools.pairwise(starts)]


@pytest.mark.parametrize("end", [PREEMPTED, LOST, Ended(ExitCode.TEMPORARY_FAILURE), CRASHED])
def test_on_the_schedule_for_spot_nodes_the_hundredth_preemption_costs_no_more_than_the_first(end: Ended) -> None:
    assert max(waits_of_schedule(*[end] * 100, DONE)) <= PERIOD


def test_each_failure_on_the_schedule_for_spot_nodes_ends_its_job() -> None:
    clock = Clock()
    run_pod, _ = starts_of(clock, PREEMPTED, CRASHED, DONE)
    finished = run_cronjob(SPOT, run_pod, clock, jobs=3)
    assert [each.condition for each in finished] == ["Failed", "Failed", "Complete"]
    assert [len(each.pods) for each in finished] == [1, 1, 1]


def test_a_start_that_was_skipped_is_made_up_when_the_job_ends() -> None:
    spec = {"schedule": "*/5 * * * *", "startingDeadlineSeconds": 300}
    assert next_start(spec, after=600, now=1_050) == (900, 1_050)


def test_a_start_that_was_skipped_too_long_ago_is_not_made_up() -> None:
    spec = {"schedule": "*/5 * * * *", "startingDeadlineSeconds": 60}
    assert next_start(spec, after=600, now=1_050) == (1_200, 1_200)


def test_a_job_that_ends_before_the_next_start_is_followed_at_that() -> None:
    spec = {"schedule": "*/5 * * * *", "startingDeadlineSeconds": 300}
    assert next_start(spec, after=600, now=602) == (900, 900)


def test_a_pod_that_finishes_although_it_was_to_be_preempted_completes_the_job() -> None:
    assert run_pods(Ended(0, disrupted=True)).condition == "Complete"


@pytest.mark.parametrize("code", [ExitCode.TEMPORARY_FAILURE, ExitCode.SECOND_SIGINT, ExitCode.SECOND_SIGTERM])
def test_a_pod_that_was_only_interrupted_counts_as_no_failure(code: ExitCode) -> None:
    assert run_pods(Ended(code), DONE).failures == 0


@pytest.mark.parametrize("code", [2, 65, 66, 70, 77, 78])
def test_what_another_run_cannot_mend_fails_the_job_at_once(code: int) -> None:
    pod = Ended(code)
    assert run_pods(CRASHED, pod) == Finished("Failed", "PodFailurePolicy", (CRASHED, pod), failures=1)


def test_a_disruption_is_looked_at_before_the_exit_code() -> None:
    assert run_pods(Ended(ExitCode.CONFIG, disrupted=True), DONE).condition == "Complete"


@pytest.mark.parametrize("code", [1, 73, 74, 137])
def test_a_pod_that_fails_again_and_again_fails_the_job_beyond_the_limit(code: int) -> None:
    finished = run_job(JOB, pods_that_end(itertools.repeat(Ended(code))))
    assert (finished.condition, finished.reason) == ("Failed", "BackoffLimitExceeded")
    assert len(finished.pods) == finished.failures == LIMIT + 1


def test_without_a_limit_in_the_manifest_six_failures_are_borne() -> None:
    job = copy.deepcopy(JOB)
    del job["spec"]["backoffLimit"]
    assert run_job(job, pods_that_end(itertools.repeat(CRASHED))).failures == 7


def test_pods_of_one_job_share_its_name_and_nothing_else() -> None:
    identities: list[Identity] = []

    def run_pod(identity: Identity) -> Ended:
        identities.append(identity)
        return CRASHED

    run_job(JOB, run_pod)
    assert {each.labels["batch.kubernetes.io/job-name"] for each in identities} == {"hpo-job"}
    assert len({each.name for each in identities}) == len({each.uid for each in identities}) == LIMIT + 1


def test_a_rule_for_another_container_does_not_match() -> None:
    rule = {"action": "FailJob", "onExitCodes": {"containerName": "proxy", "operator": "In", "values": [2]}}
    policy = {"rules": [rule]}
    assert action_on(policy, container="search", exit_code=2, conditions=()) is Action.COUNT
    assert action_on(policy, container="proxy", exit_code=2, conditions=()) is Action.FAIL_JOB


def test_a_rule_may_name_the_exit_codes_that_it_does_not_match() -> None:
    policy = {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "NotIn", "values": [75]}}]}
    assert action_on(policy, container="search", exit_code=75, conditions=()) is Action.COUNT
    assert action_on(policy, container="search", exit_code=2, conditions=()) is Action.FAIL_JOB


def test_a_rule_may_want_a_condition_to_be_false() -> None:
    pattern = {"type": DISRUPTION, "status": "False"}
    policy = {"rules": [{"action": "Ignore", "onPodConditions": [pattern]}]}
    assert action_on(policy, container="search", exit_code=1, conditions={DISRUPTION}) is Action.COUNT


def test_variables_are_expanded_and_a_double_dollar_stays_a_dollar() -> None:
    text = "$(A)/$$(A)/$(B)/$A"
    assert expand(text, {"A": "one"}) == "one/$(A)/$(B)/$A"


def test_a_pod_learns_its_name_and_the_night_s_state_directory() -> None:
    job = job_at(load_one("cronjob.yaml"), minutes=29_731_020)
    variables = environment_of(container_of(job), identity_of(job, number=1))
    assert variables["POD_NAME"] == "hpo-job-nightly-29731020-00001"
    assert variables["HPO_JOB_STATE"] == "/state/hpo-job-nightly-29731020"
    assert arguments_of(container_of(job), variables)[:3] == ["search", "--data", "/data"]


def without_gpu(manifest: Manifest) -> Manifest:
    pod = copy.deepcopy(pod_of(manifest))
    del pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"]
    return pod


def test_a_pod_becomes_a_container_with_all_that_the_manifest_says(tmp_path: Path) -> None:
    pod = without_gpu(load_one("job.yaml"))
    command = command_of(pod, IDENTITY, image="hpo-job:cpu", disk=tmp_path, message=tmp_path / "message")
    assert command[-4:] == ["hpo-job:cpu", "search", "--trials", "40"]
    assert {
        "--user=10001:10001",
        "--group-add=10001",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--read-only",
        f"--memory={8 * 2**30}",
        f"--volume={tmp_path}/hpo-job:/state:rw",
        f"--tmpfs=/tmp:rw,mode=1777,size={2 * 2**30}",
        f"--volume={tmp_path}/message:/dev/termination-log",
        "--env=POD_NAME=hpo-job-00001",
        "--env=POD_UID=1-2-3",
        "--env=HPO_JOB_REQUIRE_GPU=true",
    } <= set(command)


def test_data_are_mounted_for_reading(tmp_path: Path) -> None:
    pod = without_gpu(load_one("cronjob.yaml"))
    command = command_of(pod, IDENTITY, image="hpo-job:cpu", disk=tmp_path, message=tmp_path / "message")
    assert f"--volume={tmp_path}/hpo-job-data:/data:ro" in command


def test_a_node_without_a_gpu_takes_no_pod_that_asks_for_one(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=r"nvidia\.com/gpu"):
        command_of(pod_of(JOB), IDENTITY, image="hpo-job:cpu", disk=tmp_path, message=tmp_path / "message")


@pytest.mark.parametrize(("quantity", "expected"), [("64Ki", 65_536), ("512Mi", 536_870_912), ("8Gi", 8_589_934_592)])
def test_a_quantity_is_binary(quantity: str, expected: int) -> None:
    assert bytes_of(quantity) == expected


def test_the_termination_message_is_what_was_written_or_else_the_end_of_the_log(tmp_path: Path) -> None:
    container, message = container_of(JOB), tmp_path / "message"
    log = "\n".join(f"line {number}" for number in range(1000))
    message.touch()
    assert read_message(container, message, log=log, exit_code=0) == ""
    assert read_message(container, message, log=log, exit_code=1).endswith("line 998\nline 999")
    assert len(read_message(container, message, log=log, exit_code=1).splitlines()) == 80
    message.write_text("last words" + "!" * 5000)
    assert read_message(container, message, log=log, exit_code=1) == "last words" + "!" * (4096 - len("last words"))
