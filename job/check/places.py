"""Where in the source of a problem something stands."""

import ast

from job.core.problem import Sources

_SPACE = "SPACE"


def place_of_dimension(sources: Sources, name: str) -> str:
    """Return the file and the line where the name of a dimension stands first, as `churn.py, line 7`; empty without.

    In the definition of the space, if that is there.
    """
    tree = ast.parse(sources.texts[sources.main])
    spaces = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign) and _defines_space(node)]
    for root in (*spaces, tree):
        for node in ast.walk(root):
            if isinstance(node, ast.Constant) and node.value == name:
                return f"{sources.name}, line {node.lineno}"
    return ""


def _defines_space(node: ast.Assign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id == _SPACE for target in targets)
