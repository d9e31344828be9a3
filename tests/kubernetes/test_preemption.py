"""Whole Jobs: the real image by the real manifests, on a node that preempts its pods at random."""

import copy
import itertools
import json
import random
import runpy
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from job.core.trial import Status
from job.errors import ExitCode
from job.state.directory import StateDirectory
from tests.docker.container import differences, study_in, until
from tests.docker.engine import needs_engine
from tests.fakes import ROOT_OF_SOURCES, needs_root
from tests.kubernetes.controller import Clock, Ended, Finished, run_job
from tests.kubernetes.cron_controller import job_at, run_cronjob
from tests.kubernetes.manifests import Manifest, load_one, pod_of
from tests.kubernetes.node import Mishap, Node, Planned
from tests.kubernetes.pod_environment import Identity

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200), needs_engine, needs_root]

BENCHMARK = ROOT_OF_SOURCES / "scripts" / "benchmarks" / "kill.py"

TRIALS = 6
SEED = 3
MISHAPS = [Mishap.PREEMPTED] * 5 + [Mishap.LOST] * 2 + [Mishap.KILLED]
# How long a pod lives until its mishap, at most, as a share of the time of the unbroken search: with this seed, half of
# the mishaps fall within the search wherever a start takes more than a tenth of that time. It takes a fifth.
LONGEST_LIFE = 0.5


def on_this_node(manifest: Manifest, *, trials: int = TRIALS, workers: int = 1, **settings: str) -> Manifest:
    """Return a Job as its manifest has it, but for a node without a GPU, and for a short search of digits.

    Where the manifest's workers are as many as there are GPUs, they are `workers` here.
    """
    job = copy.deepcopy(manifest)
    container = pod_of(job)["containers"][0]
    del container["resources"]["limits"]["nvidia.com/gpu"]
    here = {"40": str(trials), "auto": str(workers)}
    container["args"] = [here.get(word, word) for word in container["args"]]
    settings = {"HPO_JOB_PROBLEM": "digits", "HPO_JOB_REQUIRE_GPU": "false", **settings}
    container["env"] = [each for each in container["env"] if each["name"] not in settings]
    container["env"] += [{"name": name, "value": value} for name, value in settings.items()]
    return job


def random_mishaps(unbroken_seconds: float) -> Iterator[Planned]:
    instants = random.Random(SEED)
    for mishap in instants.sample(MISHAPS, len(MISHAPS)):
        yield Planned(mishap, instants.uniform(0, LONGEST_LIFE * unbroken_seconds))


def node_for(job: Manifest, image: str, disk: Path, mishaps: Iterable[Planned] = ()) -> Node:
    disk.mkdir(exist_ok=True)
    return Node(pod_of(job), image, disk, iter(mishaps))


def state_of(job: Manifest, disk: Path) -> Path:
    return disk / str(pod_of(job)["volumes"][0]["persistentVolumeClaim"]["claimName"])


def tried_trials(state: Path) -> int:
    study = StateDirectory(state).read().study
    return 0 if study is None else len(study.tried)


def test_a_search_that_is_preempted_at_random_ends_like_an_unbroken_one(image: str, tmp_path: Path) -> None:
    job = on_this_node(load_one("job.yaml"))
    started = time.monotonic()
    unbroken = run_job(job, node_for(job, image, tmp_path / "unbroken"))
    mishaps = random_mishaps(unbroken_seconds=time.monotonic() - started)
    node = node_for(job, image, tmp_path / "spot", mishaps)
    finished = run_job(job, node)

    assert [pod.exit_code for pod in unbroken.pods] == [0]
    assert (finished.condition, finished.pods[-1].exit_code) == ("Complete", 0)
    assert len(node.landed) >= len(MISHAPS) // 2, "the instants are to hit a search at work"
    assert len(finished.pods) <= len(node.landed) + 1
    assert finished.failures <= node.landed.count(Mishap.KILLED) < job["spec"]["backoffLimit"]
    tell_their_stories(finished, node)

    states = [state_of(job, tmp_path / name) for name in ("unbroken", "spot")]
    assert tried_trials(states[1]) == TRIALS
    assert json.loads((states[1] / "lock").read_text())["pod"] == f"hpo-job-{len(finished.pods):05}"
    compare: Callable[..., Iterator[str]] = runpy.run_path(str(BENCHMARK))["differences"]
    assert list(compare(*states)) == []


def tell_their_stories(finished: Finished, node: Node) -> None:
    """Check what `kubectl describe` would show of each pod."""
    *struck, last = finished.pods
    assert last.message.startswith("finished: ")
    assert f"{TRIALS} of {TRIALS} trials" in last.message
    for pod, mishap in zip(struck, node.landed, strict=False):
        if mishap is Mishap.PREEMPTED:
            assert pod.exit_code in (ExitCode.TEMPORARY_FAILURE, ExitCode.SECOND_SIGTERM), pod
        else:
            assert pod.exit_code == 137, pod
        if pod.exit_code == ExitCode.TEMPORARY_FAILURE:
            assert f"exit code {pod.exit_code}" in pod.message


def job_with(workers: int) -> Manifest:
    """Return a search of models that take about as long, with a rung after 3 epochs.

    Its threads would otherwise begin with the workers, and its lookahead with twice as many.
    """
    return on_this_node(
        load_one("workers.yaml"),
        trials=5,
        workers=workers,
        HPO_JOB_EPOCHS="16",
        HPO_JOB_RUNGS="3",
        HPO_JOB_FIX="num_dense_nodes=16 num_dense_layers=1",
        HPO_JOB_INITIAL_POINTS="4",
        HPO_JOB_LOOKAHEAD="4",
        HPO_JOB_THREADS="1",
    )


@dataclass
class InCompany:
    """Mishaps that come while two trials train, neither of them near the rung or its end."""

    state: Path
    came_at: float = 0.0  # Unix time of the last
    hit: frozenset[int] = frozenset()  # the trials that were at work then

    def mishaps(self, *kinds: Mishap) -> Iterator[Planned]:
        for kind in kinds:
            self.hit, self.came_at = self._two_at_work(), time.time()
            yield Planned(kind, after_seconds=0.0)

    def saved(self) -> bool:
        """Tell whether each trial that was hit has left a checkpoint since."""
        files = [StateDirectory(self.state).trial_files(number) for number in self.hit]
        checkpoints = [each.checkpoint for each in files if each.checkpoint.exists()]
        return len(checkpoints) == 2 and all(each.stat().st_mtime > self.came_at for each in checkpoints)

    def _two_at_work(self) -> frozenset[int]:
        """Wait until two trials have got on, and return them."""
        epochs = self._epochs()  # a pod that has just started trains nothing yet
        until(lambda: len(self._got_on_since(epochs)) == 2)
        return self._got_on_since(epochs)

    def _got_on_since(self, epochs: dict[int, int]) -> frozenset[int]:
        now = self._epochs().items()
        return frozenset(trial for trial, epoch in now if max(3, epochs.get(trial, 0)) < epoch < 11)

    def _epochs(self) -> dict[int, int]:
        """Return the trials at work, and how many epochs they have."""
        study = study_in(self.state)
        return {} if study is None else {trial.number: trial.epochs for trial in study.with_status(Status.RUNNING)}


def test_two_trials_are_preempted_together_and_end_as_they_do_one_after_the_other(image: str, tmp_path: Path) -> None:
    two, one = job_with(workers=2), job_with(workers=1)
    company = InCompany(state_of(two, tmp_path / "two"))
    node = node_for(two, image, tmp_path / "two", company.mishaps(Mishap.PREEMPTED, Mishap.LOST))
    saved: list[bool] = []

    def run_pod(identity: Identity) -> Ended:
        ended = node(identity)
        saved.append(company.saved())
        return ended

    finished = run_job(two, run_pod)
    unbroken = run_job(one, node_for(one, image, tmp_path / "one"))

    assert [pod.exit_code for pod in finished.pods] == [ExitCode.TEMPORARY_FAILURE, 137, ExitCode.OK]
    assert [pod.exit_code for pod in unbroken.pods] == [ExitCode.OK]
    assert saved[0]
    states = [state_of(one, tmp_path / "one"), company.state]
    study = study_in(states[0])
    assert study is not None
    assert study.with_status(Status.STOPPED), "without any, rungs are not put to the test"
    assert all(trial.weights_sha256 for trial in study.with_status(Status.COMPLETED))
    assert differences(*states) == []


def test_what_another_pod_cannot_mend_fails_the_job_with_one_pod(image: str, tmp_path: Path) -> None:
    job = on_this_node(load_one("job.yaml"), HPO_JOB_PROBLEM="nonsense")
    finished = run_job(job, node_for(job, image, tmp_path))
    assert (finished.reason, [pod.exit_code for pod in finished.pods]) == ("PodFailurePolicy", [ExitCode.USAGE])
    assert "nonsense" in finished.pods[0].message


def test_a_pod_that_finds_no_gpu_fails_the_job_with_one_pod(image: str, tmp_path: Path) -> None:
    job = on_this_node(load_one("job.yaml"), HPO_JOB_REQUIRE_GPU="true")
    finished = run_job(job, node_for(job, image, tmp_path))
    assert (finished.reason, [pod.exit_code for pod in finished.pods]) == ("PodFailurePolicy", [ExitCode.CONFIG])
    assert "GPU" in finished.pods[0].message


def test_pods_that_die_again_and_again_are_bounded_by_the_limit(image: str, tmp_path: Path) -> None:
    job = on_this_node(load_one("job.yaml"))
    node = node_for(job, image, tmp_path, itertools.repeat(Planned(Mishap.KILLED, after_seconds=0.5)))
    finished = run_job(job, node)
    assert (finished.condition, finished.reason) == ("Failed", "BackoffLimitExceeded")
    assert [pod.exit_code for pod in finished.pods] == [137] * (job["spec"]["backoffLimit"] + 1)


def test_each_night_has_a_search_of_its_own_which_its_pods_share(image: str, tmp_path: Path) -> None:
    cronjob = on_this_node(load_one("cronjob.yaml"), trials=1, HPO_JOB_EPOCHS="60")
    nights = [job_at(cronjob, minutes=minutes) for minutes in (29_731_020, 29_732_460)]
    mishaps = iter([Planned(Mishap.PREEMPTED, after_seconds=5.0)])
    finished = [run_job(night, node_for(night, image, tmp_path, mishaps)) for night in nights]

    assert [each.condition for each in finished] == ["Complete", "Complete"]
    assert [len(each.pods) for each in finished] == [2, 1]
    state = state_of(nights[0], tmp_path)
    assert {path.name: tried_trials(path) for path in state.iterdir()} == {
        night["metadata"]["name"]: 1 for night in nights
    }


def test_jobs_of_the_schedule_for_spot_nodes_share_a_search_and_end_at_once_when_it_is_finished(
    image: str, tmp_path: Path
) -> None:
    cronjob = on_this_node(load_one("spot.yaml"), trials=1, HPO_JOB_EPOCHS="60")
    node = node_for(cronjob, image, tmp_path, [Planned(Mishap.PREEMPTED, after_seconds=5.0)])
    finished = run_cronjob(cronjob, node, Clock(), jobs=3)

    assert [each.condition for each in finished] == ["Failed", "Complete", "Complete"]
    assert [len(each.pods) for each in finished] == [1, 1, 1]
    assert tried_trials(state_of(cronjob, tmp_path)) == 1
    assert "nothing left to do" in finished[2].pods[0].message
