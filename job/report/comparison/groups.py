"""Which searches differ in their seed alone, and what tells one group of them from another."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from job.core.fingerprint import OF_SURROGATE, Fingerprint
from job.core.given_space import SPACE_OPTIONS
from job.core.space import Params
from job.core.study import Study
from job.settings.choices import GOING_WITH_SURROGATE, Surrogate
from job.words import count

# What decides chance, and last bits: searches that differ there are one search several times.
_CHANCE = {"seed", "threads", "deterministic"}
_MOST_NAMES = 3  # of states, in a label


@dataclass(frozen=True)
class NamedStudy:
    """A search, and what it is called: its state directory as the user has written it."""

    name: str
    study: Study

    @property
    def evidence(self) -> list[tuple[Params, float | None]]:
        """The points that it began with, and their scores, which it has from elsewhere."""
        return [(trial.params, trial.imported_value) for trial in self.study.scored_elsewhere]


Group = tuple[NamedStudy, ...]


def group(named: Iterable[NamedStudy]) -> list[Group]:
    """Return searches by what decides their trials but for chance, in the order in which they were given."""
    groups: list[Group] = []
    for each in named:
        place = next((index for index, known in enumerate(groups) if _are_alike(known[0], each)), None)
        if place is None:
            groups.append((each,))
        else:
            groups[place] = (*groups[place], each)
    return groups


def labels_of(groups: Sequence[Group]) -> list[str]:
    """Return what each group is called: by what differs, such as `surrogate GP`, or else by the names of its states.

    What goes with a surrogate by default is not told beside it.
    """
    if len(groups) == 1:
        return [groups[0][0].study.fingerprint.problem]
    names, begun = differing(groups), any(each[0].evidence != groups[0][0].evidence for each in groups)
    labels = [", ".join((*_words(each[0], names), *(_of_evidence(each[0]) if begun else ()))) for each in groups]
    if all(labels) and len(set(labels)) == len(labels):
        return labels
    return [", ".join(filter(None, (label, _names(each)))) for label, each in zip(labels, groups, strict=True)]


def differing(groups: Sequence[Group]) -> tuple[str, ...]:
    """Return the names of the fields in which groups differ."""
    pairs = combinations([each[0].study for each in groups], 2)
    return tuple(dict.fromkeys(name for one, other in pairs for name in _differing(one, other)))


def _are_alike(one: NamedStudy, other: NamedStudy) -> bool:
    return not _differing(one.study, other.study) and one.evidence == other.evidence


def _differing(one: Study, other: Study) -> tuple[str, ...]:
    chance = {*_CHANCE, "data"} if _may_differ_by_seed(one, other) else _CHANCE
    return tuple(name for name in one.fingerprint.differing(other.fingerprint) if name not in chance)


def _may_differ_by_seed(one: Study, other: Study) -> bool:
    """Tell whether the data of two searches may be others by their seeds alone, as those with `validation=0.2` are.

    So they may in a problem of the user's own, where both have read them in one place, and they look the same.
    """
    first, second = one.fingerprint, other.fingerprint
    return (
        first.own is not None
        and first.is_of_same_problem(second)
        and first.seed != second.seed
        and one.data == other.data
        and _place_of_data(one) == _place_of_data(other)
    )


def _place_of_data(study: Study) -> str | None:
    return dict(pairwise(study.runs[0].options)).get("--data") if study.runs else None


def _words(named: NamedStudy, names: Sequence[str]) -> Iterator[str]:
    fingerprint = named.study.fingerprint
    idle = {"data"} if fingerprint.has_surrogate else {"data", *OF_SURROGATE}
    for name in names:
        value = getattr(fingerprint, name)
        if name == "problem":
            yield str(value)
        elif name == "space":
            yield from _given_of_space(fingerprint)
        elif isinstance(value, str | int) and name not in idle and not _is_implied(fingerprint, name, names):
            yield f"{name.replace('_', ' ')} {value}"


def _is_implied(fingerprint: Fingerprint, name: str, names: Sequence[str]) -> bool:
    """Tell whether the surrogate, which is among the `names` that are told, brings this value with it."""
    if "surrogate" not in names or name not in GOING_WITH_SURROGATE:
        return False
    return bool(getattr(fingerprint, name) == getattr(Surrogate(fingerprint.surrogate), name))


def _of_evidence(named: NamedStudy) -> Iterator[str]:
    n_trials = len(named.evidence)
    yield f"begun with {count(n_trials, 'trial')} of evidence" if n_trials else "begun without evidence"


def _given_of_space(fingerprint: Fingerprint) -> Iterator[str]:
    given = [f"space {fingerprint.space_name}"] if fingerprint.space_name else []
    given += [text for option in SPACE_OPTIONS for text in getattr(fingerprint, option)]
    yield from given or ["the problem's space"]


def _names(states: Group) -> str:
    names = [each.name for each in states]
    return ", ".join(names) if len(names) <= _MOST_NAMES else f"{names[0]} … {names[-1]} ({len(names)})"
