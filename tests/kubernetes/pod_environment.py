"""What a container is given: its environment and its arguments, with what only the pod knows filled in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.kubernetes.manifests import Manifest


@dataclass(frozen=True)
class Identity:
    """What the downward API can tell a pod about itself."""

    name: str
    uid: str
    namespace: str = "default"
    labels: Mapping[str, str] = field(default_factory=dict)

    def value(self, path: str) -> str:
        """Return a field of the pod's metadata; raise KeyError for one that there is not."""
        if label := re.fullmatch(r"metadata\.labels\['([^']+)'\]", path):
            return self.labels[label[1]]
        fields = {"metadata.name": self.name, "metadata.uid": self.uid, "metadata.namespace": self.namespace}
        return fields[path]


def environment_of(container: Manifest, identity: Identity) -> dict[str, str]:
    """Return the container's own variables; a value may use those before it. A key of a Secret stands for its value."""
    variables: dict[str, str] = {}
    for entry in container.get("env", ()):
        source = entry.get("valueFrom", {})
        if "value" in entry:
            variables[entry["name"]] = expand(entry["value"], variables)
        elif "secretKeyRef" in source:
            variables[entry["name"]] = source["secretKeyRef"]["key"]
        else:
            variables[entry["name"]] = identity.value(source["fieldRef"]["fieldPath"])
    return variables


def arguments_of(container: Manifest, variables: Mapping[str, str]) -> list[str]:
    return [expand(argument, variables) for argument in container.get("args", ())]


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace each `$(NAME)`, and leave what there is no variable for as it stands; `$$` is a dollar sign."""

    def replacement(match: re.Match[str]) -> str:
        name = match[1]
        return "$" if name is None else variables.get(name, match[0])

    return re.sub(r"\$\$|\$\(([-._a-zA-Z0-9]+)\)", replacement, text)
