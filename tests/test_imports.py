"""What the import contracts cannot say: no bare package across packages, and lark in one module."""

import ast
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import grimp
import networkx
import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("crasp", "limit_transformer", "tasks", "train", "eval")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


@cache
def imports_of(path: Path) -> list[ast.Import | ast.ImportFrom]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def test_names_of_other_packages_are_imported_from_submodules() -> None:
    wrong = []
    for path, node in [(each, node) for each in MODULES for node in imports_of(each)]:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.split(".")[0] in PACKAGES]
            wrong += [f"{path}: `import {name}` hides a package" for name in names]
        elif node.module in PACKAGES and node.module != path.relative_to(ROOT).parts[0]:
            wrong.append(f"{path}: `from {node.module} import ...`: name the submodule")
    assert wrong == []


def test_eval_is_never_imported_by_its_bare_name() -> None:
    # `import eval` and `import eval.x` hide the builtin in the module that says so, in tests too.
    for path in [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))]:
        names = [a.name for node in imports_of(path) if isinstance(node, ast.Import) for a in node.names]
        assert not any(name.split(".")[0] == "eval" for name in names), path


MAY_NAME = {
    "crasp": {"crasp", "limit_transformer"},
    "limit_transformer": {"limit_transformer"},
    "tasks": {"tasks"},
    "train": {"train", "tasks"},
    "eval": set(PACKAGES),
}


def named_in_texts(path: Path) -> list[str]:
    """The modules of ours that a text is, alone or as MODULE:NAME: what is imported by its name."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    names = [text.partition(":")[0] for text in texts if re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)+(:[a-z_]+)?", text)]
    return [name for name in names if (ROOT / f"{name.replace('.', '/')}.py").is_file()]


def test_a_module_is_imported_by_its_name_where_an_import_may_stand_too() -> None:
    named = {(path.relative_to(ROOT).as_posix(), name) for path in MODULES for name in named_in_texts(path)}
    assert len(named) > 30
    upwards = {(path, name) for path, name in named if name.split(".")[0] not in MAY_NAME[path.split("/")[0]]}
    assert upwards == {("crasp/__main__.py", "eval.learning.command")}  # the one command that asks tasks and models


def test_only_the_parser_and_what_it_is_made_of_import_lark() -> None:
    users = {p.name for p in MODULES for node in imports_of(p) if "lark" in ast.unparse(node).split()[1].split(".")}
    assert users == {"parser.py", "grammar_tables.py", "treebuilder.py", "expectations.py", "foreign_signs.py"}


def test_eval_asks_for_trainings_and_has_no_loop_of_its_own() -> None:
    stepping = {"optim", "backward", "autograd"}
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "eval").rglob("*.py")}
    names = {(path, n.attr) for path, tree in trees.items() for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    assert sorted(f"{path}: {name}" for path, name in names if name in stepping) == []


def rooms_of(modules: set[str]) -> dict[str, str]:
    """The room of each module: its folder, but itself where it stands beside rooms."""
    folders = {module.rpartition(".")[0] for module in modules}
    holding = {folder for folder in folders if any(other.startswith(f"{folder}.") for other in folders)}
    return {m: m if (folder := m.rpartition(".")[0]) in holding or not folder else folder for m in modules}


def circle_in(edges: set[tuple[str, str]]) -> list[tuple[str, str]]:
    try:
        return list(networkx.find_cycle(networkx.DiGraph(edges)))
    except networkx.NetworkXNoCycle:
        return []


def test_no_circle_of_imports_between_modules_or_rooms() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    modules = {module for module in graph.modules if not graph.find_children(module)}
    imports = {(a, b) for a in modules for b in graph.find_modules_directly_imported_by(a) if b in modules}
    assert len(imports) > 1000
    assert not circle_in(imports)
    rooms = rooms_of(modules)
    assert not circle_in({(rooms[a], rooms[b]) for a, b in imports if rooms[a] != rooms[b]})


def test_a_circle_is_found() -> None:
    assert circle_in(set(pairwise(["a", "b", "c", "a"])))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_folder_has_more_than_fifteen_modules(package: str) -> None:
    for folder in {path.parent for path in (ROOT / package).rglob("*.py")}:
        assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= 15, folder


@pytest.mark.parametrize(
    "room",
    sorted(path.parent.relative_to(ROOT) for name in PACKAGES for path in (ROOT / name).rglob("*/__init__.py")),
    ids=str,
)
def test_each_room_has_a_folder_of_tests(room: Path) -> None:
    assert list((ROOT / "tests" / room).glob("test_*.py"))
