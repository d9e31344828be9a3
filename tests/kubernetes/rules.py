"""All that can be wrong with the manifests beyond their schema."""

from collections.abc import Callable, Iterator

from job.errors import SettingsError
from tests.kubernetes import cron_rules, job_rules, pod_rules, spot_rules, worker_rules
from tests.kubernetes.manifests import Manifest

Rule = Callable[[Manifest], Iterator[str]]

# By the file: what a manifest is for is more than its kind.
RULES: dict[str, tuple[Rule, ...]] = {
    "job.yaml": (*job_rules.RULES, *pod_rules.RULES_OF_SEARCHES),
    "cronjob.yaml": (*job_rules.RULES, *pod_rules.RULES_OF_SEARCHES, *cron_rules.RULES),
    "spot.yaml": (job_rules.one_pod_at_a_time, *pod_rules.RULES_OF_SEARCHES, *spot_rules.RULES),
    "workers.yaml": (*job_rules.RULES, *pod_rules.RULES_OF_SEARCHES, *worker_rules.RULES),
    "files.yaml": pod_rules.RULES_OF_EACH_POD,
}


def complaints(name: str, manifest: Manifest) -> list[str]:
    """Return what a manifest in the place of a file does wrong; an empty list is a good one."""
    return [complaint for rule in RULES[name] for complaint in _complaints_of(rule, manifest)]


def _complaints_of(rule: Rule, manifest: Manifest) -> Iterator[str]:
    try:
        yield from rule(manifest)
    except SettingsError as error:  # a rule on the settings of a search that takes none
        yield str(error)
