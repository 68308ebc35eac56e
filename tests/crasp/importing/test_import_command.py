"""Programs of the published interpreter are imported with their meaning, or refused with the place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crasp.__main__ import main
from crasp.errors import CraspError, Source
from crasp.importing.program import import_program
from crasp.meaning.interpreter import encode, trace
from crasp.text.formatter import format_text
from crasp.text.loader import read_program
from tests.crasp.importing.cr_programs import cr_programs, cr_text, outputs


@given(cr_programs(), st.integers(0, 2**32), st.data())
def test_an_imported_program_means_what_the_dialect_says_at_every_position(tmp_path_factory, program, seed, data):
    file = tmp_path_factory.getbasetemp() / "random.cr"
    file.write_text(cr_text(program, seed), encoding="utf-8", newline="")
    imported = import_program(str(file), program.letters)
    made = read_program(Source("imported", imported.text))
    word = tuple(data.draw(st.lists(st.sampled_from(program.letters), max_size=6)))
    traced = trace(made, encode(made.alphabet, [word]))
    assert traced.lines[made.accept][0].tolist() == outputs(program, word)
    assert format_text(Source("imported", imported.text)) == imported.text


def imported(tmp_path: Path, text: str, **others: str) -> tuple[str, tuple[str, ...]]:
    (tmp_path / "p.cr").write_text(text, encoding="utf-8")
    for name, other in others.items():
        file = tmp_path / name.replace("__", "/")
        file.parent.mkdir(exist_ok=True)
        file.with_suffix(".cr").write_text(other, encoding="utf-8")
    made = import_program(str(tmp_path / "p.cr"))
    return made.text, made.warnings


def accepted(text: str, words: str) -> list[str]:
    program = read_program(Source("imported", text))
    batch = encode(program.alphabet, [tuple(word) for word in words.split()])
    values = trace(program, batch).lines[program.accept]
    return [w for w, row, n in zip(words.split(), values, batch.lengths, strict=True) if row[n]]


DYCK = """\
// Dyck-1, in the manner of the paper.
CL = #[j <= i] Q_(
CR = #[j <= i] Q_)
V = CL < CR
CV = #[j <= i] V
Y = CV == 0 && CL == CR
"""


def test_dyck_in_the_manner_of_the_paper(tmp_path):
    text, warnings = imported(tmp_path, DYCK)
    assert accepted(text, "() (()) ())( )( (() ()()") == ["()", "(())", "()()"]
    assert accepted(text.replace("// Imported", "//"), "()") == ["()"]
    assert warnings == ()
    assert "// Dyck-1, in the manner of the paper." in text


def test_positions_count_from_0(tmp_path):
    text, _ = imported(tmp_path, "E = i % 2 == 0\nX = #[j <= i] (Q_a(j) && j % 2 == 0)\nX >= 1 && !E || Q_b && i == 1")
    assert accepted(text, "aa ba ab bb a ab aba") == ["aa", "ab", "bb", "ab"]


@pytest.mark.parametrize(
    ("line", "differs"),
    [
        ("!Q_a && Q_b", True),
        ("!Q_a || Q_b", True),
        ("Q_b && !Q_a && Q_b", True),
        ("(!Q_a) && Q_b", False),
        ("!(Q_a && Q_b)", False),
        ("Q_b && !Q_a", False),
        ("not Q_a and Q_b", False),
        ("!Q_a", False),
        ("!Q_b == Q_a && Q_a", True),
        ("#[j <= i] !Q_a == 0 && Q_b", False),
    ],
)
def test_a_warning_names_the_line_where_the_interpreters_reading_of_not_differs(tmp_path, capsys, line, differs):
    (tmp_path / "p.cr").write_text(f"A = Q_a\n{line}\n")
    assert main(["import", str(tmp_path / "p.cr"), "-o", str(tmp_path / "p.crasp")]) == 0
    told = capsys.readouterr().err
    assert (f"p.cr:2:{line.index('!') + 1}: warning: `!`" in told if differs else ": warning: " not in told) is True
    assert main(["check", str(tmp_path / "p.crasp")]) == 0


def test_not_binds_tighter_than_and(tmp_path):
    text, _ = imported(tmp_path, "A = #[j <= i] Q_a\nB = #[j <= i] Q_b\n!A > 1 && B > 1")
    assert accepted(text, "abb aabb a bb") == ["abb", "bb"]


def test_the_bound_variable_is_the_earlier_one_whatever_it_is_called(tmp_path):
    for text in (
        "#[t <= s] Q_a(t) > 1",
        "#[i <= j] Q_a(i) > 1",
        "A(x) = #[j <= x] Q_a(j)\nA > 1",
        "#[j <= i] (#[j <= i] Q_a >= 1 && Q_a) > 1",
        "#[j <= i] (#[k <= j] Q_a(k) >= 1 && Q_a(j)) > 1",
        "#[j <= i] (#[i <= j] Q_a(i) >= 1 && Q_a(j)) > 1",
    ):
        made, _ = imported(tmp_path, text)
        assert accepted(made, "a aa aaa") == ["aa", "aaa"]


def test_the_body_of_a_count_ends_where_the_kinds_say(tmp_path):
    rows = ["A = #[j <= i] Q_a && !Q_b > 1", "B = 2 > #[j <= i] Q_a && Q_b"]
    text, warnings = imported(tmp_path, "\n".join([*rows, "A || B"]))
    assert "A(i)      := #[j <= i] (Q_a(j) and not Q_b(j)) > 1" in text
    assert "B(i)      := 2 > #[j <= i] Q_a(j) and Q_b(i)" in text
    assert len(warnings) == 1
    assert "2:23: warning: `&&` is read as an operator after the comparison" in warnings[0]


def test_imports_are_read_once_and_only_from_below(tmp_path):
    text, _ = imported(
        tmp_path,
        '#import base\n#import "sub/more.cr"\nO = A > 0 && M // the output\n',
        base="A = #[j <= i] Q_a\nA > 3\n",
        sub__more="#import deep.cr\nM = D\n",
        sub__deep="// deep\nD = !Q_b\n",
    )
    assert accepted(text, "a ab aba b") == ["a", "aba"]
    assert text.count("// deep") == 1


REFUSED_IMPORTS = {
    "above": ({"p": "#import ../x.cr\nQ_a"}, "p.cr:1:1: a file may import only files in its own directory"),
    "absolute": ({"p": '#import "/etc/passwd"\nQ_a'}, "p.cr:1:1: a file may import only files in its own directory"),
    "itself": ({"p": "A = Q_a\n#import p\nA"}, "p.cr:2:1: this import leads back to the same file: p.cr imports p.cr"),
    "a circle": ({"p": "#import q\nQ_a", "q": "#import p\nQ_a"}, "q.cr:1:1: this import leads back to the same file"),
    "missing": ({"p": "#import q\nQ_a"}, "p.cr:1:1: "),
    "no name": ({"p": "#import\nQ_a"}, "p.cr:1:1: expected the name of one file"),
    "two names": ({"p": "#import a b\nQ_a"}, "p.cr:1:1: expected the name of one file"),
    "mistake in another": ({"p": "#import q\nQ_a", "q": "A = Q_a &&\nB = A\n"}, "q.cr:1:11: expected an expression"),
}


@pytest.mark.parametrize(("files", "message"), REFUSED_IMPORTS.values(), ids=REFUSED_IMPORTS.keys())
def test_an_import_is_refused_in_its_place(tmp_path, capsys, files, message):
    for name, text in files.items():
        (tmp_path / f"{name}.cr").write_text(text)
    assert main(["import", str(tmp_path / "p.cr")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err


def test_a_link_out_of_the_directory_is_not_imported(tmp_path, capsys):
    (tmp_path / "secret.cr").write_text("A = Q_a\n")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.cr").symlink_to(tmp_path / "secret.cr")
    (tmp_path / "in" / "p.cr").write_text("#import link.cr\nA\n")
    assert main(["import", str(tmp_path / "in" / "p.cr")]) == 2
    assert "only files in its own directory" in capsys.readouterr().err


REFUSED = {
    "": "1:1: expected a program",
    "// nothing\n": "expected a program",
    "true": "the program names none",
    "A = Q_a\nA = B": "2:5: expected the name of a definition above, found `B`",
    "A = #[j <= i] Q_a\nA": "2:1: the last line is the output: expected a Boolean, found a count",
    "A = #[j <= i] Q_a\nA + Q_b > 1": "2:5: expected a count, found a Boolean",
    "A = #[j <= i] Q_a\nA * A > 1": "2:3: expected an integer on one side of `*`",
    "A = #[j <= i] Q_a\nA % 2 == 0": "2:3: expected `i % m`",
    "A = #[j > i] Q_a\nA > 1": "1:5: a count looks back",
    "A = #[j >= i - 2] Q_a\nA > 1": "1:5: a count looks back",
    "A = #[j <= i + 1] Q_a\nA > 1": "1:5: a count looks back",
    "A = #[j <= i] Q_a(i)\nA > 1": "1:19: expected the position variable here, `j`, found `i`",
    "A = #[j <= i Q_a\nA > 1": "1:5: expected a closing `]`",
    "A = (Q_a && Q_b": "1:16: expected an operator or `)`, found the end of the line",
    "A = Q_a &": "1:10: expected an expression",
    "Q_a\nQ_b": "1:1: only the last line may go without a name",
    "A = Q_a @ Q_b\nA": "1:9: expected the words and signs of the dialect, found `@`",
    "A = #[j <= i] Q_a / 2\nA > 1": "1:19: expected the words and signs of the dialect, found `/`",
    "A = Q_a # why\nA": "1:9: expected the words and signs of the dialect, found `#`",
    "A = 1 < #[j <= i] Q_a < 3\nA": "1:23: expected `&&` between two comparisons",
    "A = 1a\nQ_a": "1:5: expected a number or a name: in `1a`",
    "A = #[j <= i] C\nQ_a": "1:15: expected the name of a definition",
    "A = i % 2\nQ_a": "1:5: expected a comparison of the remainder",
    "Q_eos": "`eos` is not a token",
    "/* open\nA = Q_a": "1:1: expected a closing `*/`",
    "A = " + "(" * 300 + "Q_a" + ")" * 300: "parentheses nested more than 200 deep",
}


@pytest.mark.parametrize("text", REFUSED, ids=[text[:30] for text in REFUSED])
def test_a_mistake_is_refused_in_its_place(tmp_path, text):
    with pytest.raises(CraspError) as refused:
        imported(tmp_path, text)
    assert REFUSED[text] in str(refused.value)
    assert len(refused.value.problems) == 1


def test_every_mistake_is_told_and_none_twice(tmp_path):
    with pytest.raises(CraspError) as refused:
        imported(tmp_path, "A = Q_a +\nB = A && Q_b\nC = Q_a && 1\nD = C\nD")
    assert [(p.span.line, p.span.column) for p in refused.value.problems] == [(1, 10), (3, 12)]


def test_names_that_are_not_ours_are_changed_and_told(tmp_path):
    text, _ = imported(tmp_path, "next = Q_a\nφ' = next\nφ'' = φ'\naccept = φ'' && next\nfor = accept\n")
    assert accepted(text, "a") == ["a"]
    assert "// `next` in the original\nnext_(i)" in text


def test_a_name_that_is_defined_again_is_told_and_the_lines_below_mean_the_new_one(tmp_path):
    text, warnings = imported(tmp_path, "A = Q_a\nA = A || Q_b\nB = !A\nB || Q_a")
    assert accepted(text, "a b") == ["a"]
    assert "2:1: warning: `A` is defined again" in warnings[0]


def test_the_alphabet_can_be_given(tmp_path, capsys):
    (tmp_path / "p.cr").write_text("!Q_a")
    file, out = str(tmp_path / "p.cr"), str(tmp_path / "p.crasp")
    assert main(["import", file, "--alphabet", "c b a", "-o", out]) == 0
    assert "alphabet c b a\n" in Path(out).read_text()
    assert main(["import", file, "--alphabet", "b c"]) == 2
    assert "the program names the letter `a`, which --alphabet lacks" in capsys.readouterr().err
    assert main(["import", file, "-o", file]) == 2
    assert Path(file).read_text() == "!Q_a"
    assert main(["import", str(tmp_path / "none.cr")]) == 2


def test_the_empty_word_is_judged_where_no_letter_stands_and_every_count_is_0(tmp_path):
    text, _ = imported(tmp_path, DYCK)
    program = read_program(Source("imported", text))
    assert trace(program, encode(program.alphabet, [()])).lines[program.accept][0].tolist() == [True]
