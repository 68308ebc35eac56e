"""A class name has one meaning, and what is named is there: files in pages, rooms in the package's configuration."""

import ast
import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

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


PAGES = [Path("README.md"), Path("CONTRIBUTING.md"), *sorted(Path("docs").glob("*.md"))]
ELSEWHERE = {"own.py"}  # a reader's own file


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_module_that_a_page_names_exists(page: Path) -> None:
    files = {f"/{path.as_posix()}" for path in Path().glob("*/**/*.py") if not path.parts[0].startswith(".")}
    named = set(re.findall(r"(?<![\w/*])[a-z_0-9/]+\.py\b", page.read_text(encoding="utf-8"))) - ELSEWHERE
    assert [name for name in sorted(named) if not any(file.endswith(f"/{name}") for file in files)] == []


def test_every_room_is_installed_with_the_package() -> None:
    listed = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    rooms = {".".join(path.parent.parts) for package in PACKAGES for path in Path(package).rglob("__init__.py")}
    assert sorted(listed) == sorted(rooms)
