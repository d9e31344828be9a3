"""What a search that is preempted often asks of a CronJob; each rule yields what a manifest does wrong."""

from collections.abc import Iterator

from tests.kubernetes.cron_controller import period_seconds
from tests.kubernetes.manifests import Manifest, job_of
from tests.kubernetes.search_settings import JOB, settings_of

# A Job's own back-off is five minutes after its sixth failure.
_LONGEST_PERIOD_SECONDS = 300
# As many missed starts may be counted; the documentation lets a schedule end for good with more.
_MISSED_STARTS = 100


def next_job_comes_soon(manifest: Manifest) -> Iterator[str]:
    spec = manifest["spec"]
    period, late = period_seconds(spec["schedule"]), spec.get("startingDeadlineSeconds", 0)
    if period > _LONGEST_PERIOD_SECONDS:
        yield f"schedule: expected a start every {_LONGEST_PERIOD_SECONDS} s or oftener, found every {period} s"
    if not period <= late <= _MISSED_STARTS * period:
        yield f"startingDeadlineSeconds: expected {period} or more, to make up a skipped start, found {late}"
    if spec.get("concurrencyPolicy") != "Forbid":
        yield "concurrencyPolicy: expected Forbid, or a second pod waits for the claim"
    if spec.get("suspend"):
        yield "suspend: expected a schedule that is at work"


def each_failure_ends_its_job(manifest: Manifest) -> Iterator[str]:
    """Yield what lets a Job live on after a failure, and so lets its back-off grow."""
    spec = job_of(manifest)["spec"]
    if spec.get("backoffLimit") != 0:
        yield f"backoffLimit: expected 0, found {spec.get('backoffLimit')}"
    if "podFailurePolicy" in spec:
        yield "podFailurePolicy: expected none, since a failure that is ignored is waited for all the same"
    if "activeDeadlineSeconds" in spec:
        yield "activeDeadlineSeconds: expected none, since a search may take days"


def another_run_is_no_failure(manifest: Manifest) -> Iterator[str]:
    if settings_of(manifest).if_locked != "skip":
        yield "--if-locked: expected skip, so that a run which was started by hand fails no Job"


def jobs_share_a_search(manifest: Manifest) -> Iterator[str]:
    if JOB in str(settings_of(manifest).state):
        yield f"--state: expected the same directory for all Jobs, found {settings_of(manifest).state}"


def ended_jobs_are_few(manifest: Manifest) -> Iterator[str]:
    for name in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        if not 1 <= manifest["spec"].get(name, 0) <= 5:
            yield f"{name}: expected a few to look at, of the many that end each day"


RULES = (
    next_job_comes_soon,
    each_failure_ends_its_job,
    another_run_is_no_failure,
    jobs_share_a_search,
    ended_jobs_are_few,
)
