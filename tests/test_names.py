"""A class or an alias has a name of its own, and what is named is there: files in pages, rooms in the configuration."""

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

PACKAGES = ("crasp", "tasks", "limit_transformer", "train", "eval")
# The nodes of the text's tree are called as the operations that they become, and always written with their module.
QUALIFIED = Path("crasp/text/syntax.py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


# A name in capitals and small letters is a type's, or a type variable's, which a reader takes for one: `T` is none's.
NAME_OF_TYPE = re.compile(r"_?[A-Z]\w*[a-z]\w*")


def classes(path: Path) -> set[str]:
    """The classes and aliases, annotated or not, that a module defines, private ones too: `_Reader` is a `Reader`."""
    found = []
    for node in [each for top in tree_of(path).body for each in (top.body if isinstance(top, ast.If) else [top])]:
        match node:
            case ast.ClassDef(name):
                found.append(name)
            case ast.Assign(targets=[ast.Name(name)]) | ast.AnnAssign(target=ast.Name(name)):
                found += [name] if NAME_OF_TYPE.fullmatch(name) else []
            case _ if type(node).__name__ == "TypeAlias":  # `type Name = ...`, which Python knows from 3.12 on
                found.append(node.name.id)
    return {name.removeprefix("_") for name in found}


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted(Path(package).rglob("*.py"))]


def test_no_two_modules_define_a_class_of_one_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        if path != QUALIFIED:
            for name in classes(path):
                places[name].append(str(path))
    assert len(places) > 900
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_an_alias_is_seen_however_it_is_written(tmp_path: Path) -> None:
    lines = ['A: TypeAlias = "list[A]"', "Bits: TypeAlias = list[bool]", "Word = tuple[int, ...]", "LIMIT_WORDS = 3"]
    lines += ["if TYPE_CHECKING:", "    _Sign = Literal[-1, 1]", "class _Reader: ..."]
    lines += ["type Numbers = list[int]"] if sys.version_info >= (3, 12) else []
    module = tmp_path / "module.py"
    module.write_text("\n".join(lines), encoding="utf-8")
    assert classes(module) - {"Numbers"} == {"Bits", "Word", "Sign", "Reader"}


def test_nodes_of_the_syntax_tree_that_are_called_as_operations_are_written_with_their_module() -> None:
    shared = classes(QUALIFIED) & classes(Path("crasp/meaning/ir.py"))
    assert "Not" in shared
    for path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and node.module == "crasp.text.syntax":
                assert shared.isdisjoint(alias.name for alias in node.names), path


# Last words of a name that leave open what is counted: seconds, bytes, words, letters, states.
WITHOUT_UNIT = re.compile(
    r"TIMEOUT|PATIENCE|EVERY|WITHIN|TICK|QUIET|LIMIT|SIZE|BUDGET|MEMORY|FILE|LINE|LARGEST|LONGEST|DEEPEST|WIDEST"
    r"|STEEPEST|MOST|LEAST|FEW|MANY|ENOUGH|SHOWN|AT_ONCE|CHUNK|BLOCK|PART|POOL|SMALL|LARGE|LONG|SHORT|WIDE|NEAR|FAR"
    r"|DRAWN|ASKED|TRIED|EXHAUSTIVE|LABEL|FAMILY|NAME|WINDOW|PERIOD|RUN|OPEN|LEARNT|HARD|ROTATED|CROWDED"
)


def numeric_constants(path: Path) -> set[str]:
    """The names that a module gives to numbers, alone or several in a line."""
    found = set()
    for node in tree_of(path).body:
        match node:
            case ast.Assign(targets=[ast.Tuple(names)], value=ast.Tuple(numbers)):
                found |= {ast.unparse(name) for name, number in zip(names, numbers, strict=True) if is_number(number)}
            case ast.Assign(targets=[name], value=number) | ast.AnnAssign(target=name, value=ast.expr() as number):
                found |= {ast.unparse(name)} if is_number(number) else set()
    return found


def is_number(value: ast.expr) -> bool:
    match value:
        case ast.Constant(number):
            return type(number) in (int, float)
        case ast.UnaryOp(operand=operand):
            return is_number(operand)
        case ast.BinOp(left, _, right):
            return is_number(left) and is_number(right)
        case _:
            return False


def lacks_unit(name: str) -> bool:
    """`WORDS_AT_ONCE` has one before, `MOST_WORDS` behind."""
    last = name.lstrip("_") if name.endswith("AT_ONCE") else name.split("_")[-1]
    return WITHOUT_UNIT.fullmatch(last) is not None


def test_a_constant_that_is_a_number_has_its_unit_in_its_name() -> None:
    found = [(path, name) for path in modules() for name in sorted(numeric_constants(path))]
    assert len(found) > 300
    assert [f"{path}: {name}" for path, name in found if lacks_unit(name)] == []


def test_a_constant_without_a_unit_is_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    lines = "LARGEST = 4 * 1024", "MOST, LEAST_WORDS = 1 << 20, -3", "A_TIMEOUT: Final = 5.0", "WORDS_AT_ONCE = 2"
    module.write_text("\n".join([*lines, "AT_ONCE = 3", "OTHERS = MOST + 1", "FILE = 'name'"]), encoding="utf-8")
    assert {name for name in numeric_constants(module) if lacks_unit(name)} == {
        "LARGEST",
        "MOST",
        "A_TIMEOUT",
        "AT_ONCE",
    }


PAGES = [Path("README.md"), Path("CONTRIBUTING.md"), *sorted(Path("docs").glob("*.md"))]
ELSEWHERE = {"own.py", "module.py"}  # a reader's own files


@cache
def files_of_python() -> frozenset[str]:
    folders = [path for path in Path().iterdir() if path.is_dir() and not path.name.startswith(".")]
    return frozenset(f"/{path.as_posix()}" for folder in folders for path in folder.rglob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_module_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"(?<![\w/*])[a-z_0-9/]+\.py\b", page.read_text(encoding="utf-8"))) - ELSEWHERE
    assert [name for name in sorted(named) if not any(file.endswith(f"/{name}") for file in files_of_python())] == []


def test_every_room_is_installed_with_the_package() -> None:
    listed = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    rooms = {".".join(path.parent.parts) for package in PACKAGES for path in Path(package).rglob("__init__.py")}
    assert sorted(listed) == sorted(rooms)


def test_the_map_of_the_rooms_has_each_of_them() -> None:
    on_map = set(re.findall(r"`([a-z0-9_/]+)/`", Path("docs/structure.md").read_text(encoding="utf-8")))
    rooms = {path.parent.as_posix() for package in PACKAGES for path in Path(package).rglob("__init__.py")}
    assert sorted(rooms - on_map) == []
    assert sorted(name for name in on_map if name.split("/")[0] in PACKAGES and not Path(name).is_dir()) == []


def test_the_table_of_results_has_each_folder_and_file_there() -> None:
    first_cells = re.findall(r"^\| (`.*?) \|", Path("results/README.md").read_text(encoding="utf-8"), re.MULTILINE)
    rows = [name.rstrip("/") for cell in first_cells for name in re.findall(r"`(.+?)`", cell)]
    there = {path.name for path in Path("results").iterdir()} - {"README.md"}
    assert sorted(rows) == sorted(there | ({"corpus"} & set(rows)))  # trained elsewhere, and soon here


def test_every_path_that_a_docstring_or_a_comment_names_exists() -> None:
    path = re.compile(r"\b[a-z_]+/[a-z_0-9/]+\.(?:py|md|toml|jsonl?|csv|lark)\b")
    named = [(module, name) for module in modules() for name in path.findall(module.read_text(encoding="utf-8"))]
    assert len(named) > 40
    assert [f"{module}: {name}" for module, name in named if not Path(name).exists()] == []


def test_make_help_says_what_each_target_does() -> None:
    targets = set(re.findall(r"^([a-z-]+):(?! export)", Path("Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    told = subprocess.run(["make", "--silent", "help"], check=True, capture_output=True, text=True).stdout
    assert len(targets) > 50
    assert sorted(targets - set(re.findall(r"^([a-z-]+)\n    \S", told, re.MULTILINE))) == []
