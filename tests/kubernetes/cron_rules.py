"""What a search every night asks of a CronJob; each rule yields what a manifest does wrong."""

from collections.abc import Iterator

from tests.kubernetes.manifests import Manifest, container_of, job_of, pod_of, volumes_of
from tests.kubernetes.search_settings import JOB, settings_of

_DAY_SECONDS = 24 * 3600


def one_night_at_a_time(manifest: Manifest) -> Iterator[str]:
    spec, deadline = manifest["spec"], job_of(manifest)["spec"].get("activeDeadlineSeconds", _DAY_SECONDS)
    late = spec.get("startingDeadlineSeconds", 0)
    if spec.get("concurrencyPolicy") != "Forbid":
        yield "concurrencyPolicy: expected Forbid"
    if late < 60 or late + deadline >= _DAY_SECONDS:
        yield f"expected a night that starts {late} s late and takes {deadline} s to end before the next one"
    if not spec.get("timeZone"):
        yield "timeZone: expected one, or the hour depends on the cluster"


def nights_are_remembered(manifest: Manifest) -> Iterator[str]:
    for name in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        if not manifest["spec"].get(name):
            yield f"{name}: expected some nights to look at"


def nights_are_apart(manifest: Manifest) -> Iterator[str]:
    """Yield why two nights would share a state directory, or the pods of one night would not."""
    if settings_of(manifest).state.name != JOB:
        yield f"expected a state directory named after the Job, found {settings_of(manifest).state}"


def data_are_only_read(manifest: Manifest) -> Iterator[str]:
    folder, volumes = str(settings_of(manifest).data), volumes_of(pod_of(manifest))
    mounts = {mount["mountPath"]: mount for mount in container_of(manifest)["volumeMounts"]}
    mount = mounts.get(folder, {})
    claim = volumes.get(mount.get("name", ""), {}).get("persistentVolumeClaim", {})
    if not (mount.get("readOnly") and claim.get("readOnly")):
        yield f"--data: expected a claim that is mounted read-only, found {folder} on {mount or 'none'}"


RULES = (one_night_at_a_time, nights_are_remembered, nights_are_apart, data_are_only_read)
