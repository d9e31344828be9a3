"""All that can be wrong with the manifests beyond their schema."""

from collections.abc import Callable, Iterator

from job.errors import SettingsError
from tests.kubernetes import cron_rules, job_rules, pod_rules
from tests.kubernetes.manifests import Manifest

Rule = Callable[[Manifest], Iterator[str]]

RULES: dict[str, tuple[Rule, ...]] = {
    "Job": (*job_rules.RULES, *pod_rules.RULES_OF_SEARCHES),
    "CronJob": (*job_rules.RULES, *pod_rules.RULES_OF_SEARCHES, *cron_rules.RULES),
    "Pod": pod_rules.RULES_OF_EACH_POD,
}


def complaints(manifest: Manifest) -> list[str]:
    """Return what a manifest does wrong; an empty list is a good one."""
    return [complaint for rule in RULES[manifest["kind"]] for complaint in _complaints_of(rule, manifest)]


def _complaints_of(rule: Rule, manifest: Manifest) -> Iterator[str]:
    try:
        yield from rule(manifest)
    except SettingsError as error:  # a rule on the settings of a search that takes none
        yield str(error)
