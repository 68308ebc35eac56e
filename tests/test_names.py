"""A class name has one meaning: who reads it in one room need not ask which one of several it is."""

import ast
from collections import defaultdict
from pathlib import Path

PACKAGES = ("crasp", "tasks", "limit_transformer", "train", "eval")
# The nodes of the text's tree are called as the operations that they become, and always written with their module.
QUALIFIED = Path("crasp/text/syntax.py")


def classes(path: Path) -> set[str]:
    """The public classes and type aliases that a module defines."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found |= {node.target.id} if ast.unparse(node.annotation) == "TypeAlias" else set()
    return {name for name in found if not name.startswith("_")}


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted(Path(package).rglob("*.py"))]


def test_no_two_modules_define_a_public_class_of_one_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        if path != QUALIFIED:
            for name in classes(path):
                places[name].append(str(path))
    assert len(places) > 300
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_nodes_of_the_syntax_tree_that_are_called_as_operations_are_written_with_their_module() -> None:
    shared = classes(QUALIFIED) & classes(Path("crasp/meaning/ir.py"))
    assert "Not" in shared
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "crasp.text.syntax":
                assert shared.isdisjoint(alias.name for alias in node.names), path
