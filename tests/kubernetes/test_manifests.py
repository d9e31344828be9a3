"""The manifests of `docker/kubernetes/`: their schema, their meaning, and what their README says of them."""

import copy
import itertools
import re
import subprocess
from dataclasses import replace
from typing import Any

import kubernetes_validate
import pytest
import yaml

from job.core.step import Attempt, Step
from job.errors import ExitCode, SettingsError
from job.settings import Settings
from tests.kubernetes.cluster import KUBECTL
from tests.kubernetes.controller import LONGEST_BACKOFF_SECONDS, backoff_seconds
from tests.kubernetes.failure_policy import Action
from tests.kubernetes.job_rules import action_for
from tests.kubernetes.manifests import (
    FILES,
    FOLDER,
    Manifest,
    container_of,
    job_of,
    load,
    load_one,
    pod_of,
    text_of,
    volumes_of,
)
from tests.kubernetes.rules import RULES, Rule, complaints
from tests.kubernetes.search_settings import IMAGE_ENVIRONMENT, JOB, settings_of

# The first version in which podFailurePolicy is stable, and the newest that the schemas at hand describe.
VERSIONS = ("1.31", kubernetes_validate.latest_version())
SEARCHES = ("job.yaml", "workers.yaml", "cronjob.yaml", "spot.yaml")
OF_THE_USER = {"hpo-job-data"}  # a claim that README.md asks for
DOCKERFILE = FOLDER.parent / "Dockerfile"

# Where a manifest is broken, and what is put there; None removes it.
Break = tuple[str, object]
BREAKS_OF_POLICY: list[Break] = [
    ("podFailurePolicy", None),
    ("podFailurePolicy.rules.0", None),
    ("podFailurePolicy.rules.1", None),
    ("podFailurePolicy.rules.2", None),
    ("podFailurePolicy.rules.0.action", "Count"),
    ("podFailurePolicy.rules.0.onPodConditions.0.status", "False"),
    ("podFailurePolicy.rules.0.onExitCodes", {"operator": "In", "values": [137]}),
    ("podFailurePolicy.rules.1.action", "Ignore"),
    ("podFailurePolicy.rules.1.onExitCodes.operator", "NotIn"),
    ("podFailurePolicy.rules.1.onExitCodes.containerName", "hpo-job"),
    ("podFailurePolicy.rules.1.onExitCodes.containerName", None),
    ("podFailurePolicy.rules.1.onExitCodes.values", [2, 65, 66, 70, 77]),
    ("podFailurePolicy.rules.1.onExitCodes.values", [2, 65, 66, 70, 74, 77, 78]),
    ("podFailurePolicy.rules.1.onExitCodes.values", [65, 2, 66, 70, 77, 78]),
    ("podFailurePolicy.rules.1.onExitCodes.values", [2, 2, 65, 66, 70, 77, 78]),
    ("podFailurePolicy.rules.1.onExitCodes.values", [0, 2, 65, 66, 70, 77, 78]),
    ("podFailurePolicy.rules.2.onExitCodes.values", [75, 130, 137, 143]),
    ("podFailurePolicy.rules.2.onExitCodes.values", [75, 78, 130, 143]),
    ("podFailurePolicy.rules.2.onExitCodes.values", [75, 143]),
    ("podReplacementPolicy", None),
    ("podReplacementPolicy", "TerminatingOrFailed"),
    ("parallelism", 2),
    ("backoffLimit", 5),
]
BREAKS_OF_POD: list[Break] = [
    ("restartPolicy", "OnFailure"),
    ("terminationGracePeriodSeconds", 10),
    ("tolerations", None),
    ("enableServiceLinks", None),
    ("automountServiceAccountToken", None),
    ("securityContext.runAsNonRoot", None),
    ("securityContext.runAsUser", 0),
    ("securityContext.fsGroup", None),
    ("securityContext.seccompProfile", None),
    ("volumes.0", None),
    ("volumes.0.persistentVolumeClaim", None),
    ("volumes.1", None),
]
BREAKS_OF_CONTAINER: list[Break] = [
    ("securityContext.readOnlyRootFilesystem", False),
    ("securityContext.allowPrivilegeEscalation", None),
    ("securityContext.capabilities.drop", []),
    ("securityContext.runAsUser", 0),
    ("resources.limits.memory", "16Gi"),
    ("resources.limits", {"memory": "8Gi"}),
    ("resources.requests.cpu", None),
    ("image", "registry.example/hpo-job:latest"),
    ("imagePullPolicy", "Always"),
    ("terminationMessagePolicy", None),
    ("terminationMessagePath", "/state/last-words"),
    ("volumeMounts.0.mountPath", "/data"),
    ("volumeMounts.1", None),
    ("command", ["hpo-job"]),
    ("args", ["status"]),
    ("args", ["search", "--trails", "40"]),
    ("args", ["search", "--trials", "many"]),
    ("args", ["search", "--objective", "val_accuracy:most"]),
    ("args", ["search", "--grace-seconds", "28"]),
    ("args", ["search", "--state", "/tmp/state"]),
    ("args", ["search", "--state", "/state/$(NIGHT)"]),
    ("env.0", None),
    ("env.1.valueFrom.fieldRef.fieldPath", "metadata.name"),
    ("env", []),
]
BREAKS_OF_CRON: list[Break] = [
    ("concurrencyPolicy", "Allow"),
    ("timeZone", None),
    ("startingDeadlineSeconds", None),
    ("startingDeadlineSeconds", 5),
    ("successfulJobsHistoryLimit", 0),
    ("failedJobsHistoryLimit", None),
    ("jobTemplate.spec.activeDeadlineSeconds", None),
    ("jobTemplate.spec.activeDeadlineSeconds", 86400),
    ("jobTemplate.spec.template.spec.containers.0.env.2.valueFrom.fieldRef.fieldPath", "metadata.name"),
    ("jobTemplate.spec.template.spec.containers.0.env.3", None),
    ("jobTemplate.spec.template.spec.containers.0.args", ["search"]),
    ("jobTemplate.spec.template.spec.containers.0.volumeMounts.1.readOnly", None),
    ("jobTemplate.spec.template.spec.volumes.1.persistentVolumeClaim.readOnly", None),
]
BREAKS_OF_SPOT: list[Break] = [
    ("schedule", "*/15 * * * *"),
    ("startingDeadlineSeconds", None),
    ("startingDeadlineSeconds", 240),
    ("startingDeadlineSeconds", 86400),
    ("concurrencyPolicy", "Replace"),
    ("suspend", True),
    ("successfulJobsHistoryLimit", None),
    ("failedJobsHistoryLimit", 0),
    ("failedJobsHistoryLimit", 100),
    ("jobTemplate.spec.backoffLimit", 12),
    ("jobTemplate.spec.backoffLimit", None),
    ("jobTemplate.spec.podFailurePolicy", load_one("job.yaml")["spec"]["podFailurePolicy"]),
    ("jobTemplate.spec.podReplacementPolicy", None),
    ("jobTemplate.spec.activeDeadlineSeconds", 3600),
    ("jobTemplate.spec.template.spec.restartPolicy", "OnFailure"),
    ("jobTemplate.spec.template.spec.containers.0.args", ["search", "--trials", "40"]),
    ("jobTemplate.spec.template.spec.containers.0.args", ["search", "--if-locked", "wait"]),
    ("jobTemplate.spec.template.spec.containers.0.args", ["search", "--if-locked", "skip", "--state", f"/state/{JOB}"]),
]

BREAKS_OF_WORKERS: list[Break] = [
    ("args", ["search", "--trials", "40"]),
    ("args", ["search", "--workers", "4"]),
    ("args", ["search", "--workers", "auto", "--trials-per-gpu", "2", "--gpu-memory", "20g"]),
    ("resources.limits", {"memory": "12Gi", "nvidia.com/gpu": 1}),
    ("resources.limits", {"memory": "12Gi", "nvidia.com/gpu": 8}),
    ("resources", {"requests": {"cpu": "8", "memory": "11Gi"}, "limits": {"memory": "11Gi", "nvidia.com/gpu": 4}}),
    ("resources.requests.cpu", "4"),
]


def broken(manifest: Manifest, path: str, value: object) -> Manifest:
    """Return a copy of `manifest` with another value at a path of keys, and of indices or names; None removes it."""
    manifest = copy.deepcopy(manifest)
    *steps, last = path.split(".")
    place: Any = manifest
    for step in steps:
        place = place[_key(place, step)]
    if value is None:
        del place[_key(place, last)]
    else:
        place[_key(place, last)] = value
    return manifest


def _key(place: Any, step: str) -> int | str:
    """Return the key of a mapping; or the index of an element, which is told by that or by its name."""
    if not isinstance(place, list):
        return step
    return int(step) if step.isdigit() else [each.get("name") for each in place].index(step)


def breaks() -> list[tuple[str, str, object]]:
    """Return every way to break a search's manifest: the file, the path in it, and what is put there."""
    job, pod = "spec", "spec.template.spec"
    container = f"{pod}.containers.0"
    places = [(BREAKS_OF_POLICY, job), (BREAKS_OF_POD, pod), (BREAKS_OF_CONTAINER, container)]
    inside = [(f"{place}.{path}", value) for each, place in places for path, value in each]
    return [
        *(("job.yaml", path, value) for path, value in [*inside, ("spec.ttlSecondsAfterFinished", None)]),
        *(("workers.yaml", f"{container}.{path}", value) for path, value in BREAKS_OF_WORKERS),
        *(("cronjob.yaml", f"spec.{path}", value) for path, value in BREAKS_OF_CRON),
        *(("spot.yaml", f"spec.{path}", value) for path, value in BREAKS_OF_SPOT),
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", [path.name for path in FILES])
def test_a_manifest_has_the_schema_of_kubernetes(name: str, version: str) -> None:
    for manifest in load(name):
        assert version.startswith(kubernetes_validate.validate(manifest, version, strict=True))


def test_a_field_that_kubernetes_does_not_know_is_found() -> None:
    manifest = broken(load_one("job.yaml"), "spec.podReplacmentPolicy", "Failed")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("name", [path.name for path in FILES if path.name != "claim.yaml"])
def test_a_manifest_breaks_no_rule(name: str) -> None:
    assert complaints(name, load_one(name)) == []


@pytest.mark.parametrize(("name", "path", "value"), breaks())
def test_a_broken_manifest_is_found(name: str, path: str, value: object) -> None:
    assert complaints(name, broken(load_one(name), path, value))


@pytest.mark.parametrize("rule", {rule.__name__: rule for rules in RULES.values() for rule in rules}.values())
def test_a_rule_finds_some_broken_manifest(rule: Rule) -> None:
    originals = {name: load_one(name) for name in SEARCHES}
    manifests = ((name, broken(originals[name], path, value)) for name, path, value in breaks())
    assert any(finds(rule, manifest) for name, manifest in manifests if rule in RULES[name])


def finds(rule: Rule, manifest: Manifest) -> bool:
    try:
        return bool(list(rule(manifest)))
    except SettingsError:  # found by the command, not by the rule
        return False


def test_each_exit_code_that_is_no_success_is_either_told_to_the_job_or_counts() -> None:
    rules = load_one("job.yaml")["spec"]["podFailurePolicy"]["rules"]
    told = {code for rule in rules for code in rule.get("onExitCodes", {}).get("values", ())}
    assert told == {code for code in ExitCode if code and action_for(code) is not Action.COUNT}


def without_what_is_its_own(name: str) -> Manifest:
    """Return the Job of a search without its failures, its arguments, its data and its claim."""
    spec = copy.deepcopy(job_of(load_one(name))["spec"])
    for key in ("podFailurePolicy", "backoffLimit", "ttlSecondsAfterFinished", "activeDeadlineSeconds"):
        spec.pop(key, None)
    pod = spec["template"]["spec"]
    container = pod["containers"][0]
    container["env"] = [each for each in container["env"] if each["name"] not in ("JOB_NAME", "HPO_JOB_STATE")]
    del container["args"]
    for entries in (container["volumeMounts"], pod["volumes"]):
        entries[:] = [each for each in entries if each["name"] != "data"]
    pod["volumes"][0]["persistentVolumeClaim"]["claimName"] = "any"
    return dict(spec)


@pytest.mark.parametrize("name", ["cronjob.yaml", "spot.yaml"])
def test_a_scheduled_search_has_the_pods_of_the_single_one(name: str) -> None:
    assert without_what_is_its_own(name) == without_what_is_its_own("job.yaml")


def test_a_search_with_several_workers_is_the_single_one_but_for_what_these_need() -> None:
    several, single = load_one("workers.yaml"), load_one("job.yaml")
    for manifest in (several, single):
        container = manifest["spec"]["template"]["spec"]["containers"][0]
        del container["args"], container["resources"], manifest["spec"]["backoffLimit"]
    assert several == single


def pods_killed_by(trials: int, *, workers: int) -> int:
    """Return with how many pods one too-large trial after the other has died when the last of them is given up."""
    attempts = Settings().max_attempts
    return trials * (attempts if workers == 1 else attempts + kills_before_alone())


def kills_before_alone() -> int:
    """Return how often a trial in company is killed with its run before it is run alone."""
    killed = Attempt(run=1, started_at=0.0, in_company=True)
    step = Step(number=1, trial=1, to_epoch=1, begins=0.0, attempts=(killed,))
    return next(kills for kills in itertools.count(1) if step.needs_the_machine(kills))


@pytest.mark.parametrize(("name", "workers"), [("job.yaml", 1), ("workers.yaml", 4)])
def test_a_job_outlives_two_trials_that_take_their_pods_with_them(name: str, workers: int) -> None:
    assert load_one(name)["spec"]["backoffLimit"] >= pods_killed_by(2, workers=workers)


def test_a_night_counts_failures_as_the_single_search_does() -> None:
    job, nightly = (job_of(load_one(name))["spec"] for name in ("job.yaml", "cronjob.yaml"))
    assert all(job[key] == nightly[key] for key in ("podFailurePolicy", "backoffLimit"))


def test_a_claim_is_for_one_pod_in_the_cluster() -> None:
    assert [claim["spec"]["accessModes"] for claim in load("claim.yaml")] == [["ReadWriteOncePod"]] * 2


def test_the_claims_that_pods_mount_are_there_or_are_asked_of_the_user() -> None:
    pods = [pod_of(load_one(name)) for name in (*SEARCHES, "files.yaml")]
    volumes = [volume for pod in pods for volume in volumes_of(pod).values()]
    mounted = {volume["persistentVolumeClaim"]["claimName"] for volume in volumes if "persistentVolumeClaim" in volume}
    assert mounted == {claim["metadata"]["name"] for claim in load("claim.yaml")} | OF_THE_USER
    assert all(f"`{name}`" in readme() for name in OF_THE_USER)


def claim_of(name: str) -> str:
    return str(volumes_of(pod_of(load_one(name)))["state"]["persistentVolumeClaim"]["claimName"])


def test_nights_do_not_wait_for_the_claim_of_a_single_search() -> None:
    assert claim_of("cronjob.yaml") != claim_of("job.yaml")


def test_a_job_and_the_schedule_for_spot_nodes_go_on_with_one_search() -> None:
    assert claim_of("spot.yaml") == claim_of("job.yaml")
    job, spot = (settings_of(load_one(name)) for name in ("job.yaml", "spot.yaml"))
    assert replace(spot, if_locked=job.if_locked) == job


def test_the_trials_that_share_a_gpu_are_given_as_the_manifest_says() -> None:
    several = load_one("workers.yaml")
    added = re.search(r"add (--trials-per-gpu, .*?), which is", text_of("workers.yaml"))
    assert added is not None
    container_of(several)["args"] += yaml.safe_load(f"[{added[1]}]")
    settings = settings_of(several)
    assert (settings.workers, settings.trials_per_gpu, settings.gpu_memory) == (None, 2, 20 * 1024)


def test_a_queue_needs_two_lines_to_be_uncommented() -> None:
    text = text_of("job.yaml")
    queued = re.sub(r"# (suspend: true|kueue\.x-k8s\.io/queue-name: \w+)", r"\1", text)
    manifest = yaml.safe_load(queued)
    assert kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)
    assert manifest["spec"]["suspend"] is True
    assert "kueue.x-k8s.io/queue-name" in manifest["metadata"]["labels"]


def test_the_image_sets_what_the_rules_take_for_granted() -> None:
    text = DOCKERFILE.read_text()
    assert all(f"{name}={value}" in text for name, value in IMAGE_ENVIRONMENT.items())


def test_a_pod_has_the_user_of_the_image() -> None:
    context = pod_of(load_one("job.yaml"))["securityContext"]
    assert f"USER {context['runAsUser']}:{context['runAsGroup']}" in DOCKERFILE.read_text()


def readme() -> str:
    return (FOLDER / "README.md").read_text()


def test_the_readme_says_of_each_exit_code_what_the_job_does() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|.*\| (\w+) \|$", readme(), re.MULTILINE)
    told = {int(code): action for codes, action in rows for code in codes.split(",")}
    expected = {int(code): str(action_for(code)) for code in ExitCode if code}
    assert told == {**expected, 0: "Complete", 137: "Count"}


def test_the_readme_mentions_every_file() -> None:
    assert all(f"`{path.name}`" in readme() for path in FILES)


def test_the_readme_tells_how_long_a_pod_waits_after_each_failure() -> None:
    row = re.search(r"^\| wait before the next pod \|(.*)\|$", readme(), re.MULTILINE)
    assert row is not None
    told = [int(number) for number in re.findall(r"\d+", row[1])]
    assert told == [backoff_seconds(failures) for failures in range(1, len(told) + 1)]
    assert told[-1] == LONGEST_BACKOFF_SECONDS


def test_the_patch_that_the_readme_stops_the_schedule_with_is_one_that_kubernetes_knows() -> None:
    patch = re.search(r"kubectl patch cronjob hpo-job --patch '(.*)'", readme())
    assert patch is not None
    manifest = load_one("spot.yaml")
    manifest["spec"].update(yaml.safe_load(patch[1])["spec"])
    assert manifest["spec"]["suspend"] is True
    assert kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)


def test_the_volume_that_the_readme_puts_in_the_place_of_a_claim_is_one_that_kubernetes_knows() -> None:
    snippet = re.search(r"```yaml\n(- name: data\n.*?)```", readme(), re.DOTALL)
    assert snippet is not None
    (volume,), manifest = yaml.safe_load(snippet[1]), load_one("cronjob.yaml")
    volumes = pod_of(manifest)["volumes"]
    volumes[[each["name"] for each in volumes].index(volume["name"])] = volume
    assert kubernetes_validate.validate(manifest, VERSIONS[-1], strict=True)


def test_the_command_of_the_readme_changes_the_gpus_of_a_suspended_job_and_nothing_else() -> None:
    command = re.search(r"kubectl set resources job hpo-job (.*)", readme())
    assert command is not None
    local = ["set", "resources", "--local", "--output=yaml", f"--filename={FOLDER / 'workers.yaml'}"]
    done = subprocess.run([KUBECTL, *local, *command[1].split()], capture_output=True, text=True, check=True)
    changed, gpus = yaml.safe_load(done.stdout), {"nvidia.com/gpu": "2"}
    expected = load_one("workers.yaml")
    resources = container_of(expected)["resources"]
    resources |= {name: {**resources[name], **gpus} for name in ("requests", "limits")}
    assert changed["spec"] == expected["spec"]


def test_the_settings_of_the_night_are_those_that_the_readme_speaks_of() -> None:
    settings = settings_of(load_one("cronjob.yaml"))
    assert (settings.trials, settings.max_hours, str(settings.data)) == (40, 6.0, "/data")
    assert container_of(load_one("job.yaml"))["args"] == ["search", "--trials", "40"]
