"""Pages from templates: what is put in is text, and stays text."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from tasks.ground.html import render

HOSTILE = ("</style><script>alert(1)</script>", '"\' onclick="alert(1)', "{{ 7 * 7 }}", "&lt;b&gt;", "<!--")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_shown_as_it_is_and_adds_no_element_nor_attribute(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.html").write_text('<p title="{{ text }}">{{ text }}</p>', encoding="utf-8")
    parser, shown, elements = HTMLParser(), [], []
    parser.handle_data = shown.append  # type: ignore[method-assign]
    parser.handle_starttag = lambda tag, attributes: elements.append((tag, attributes))  # type: ignore[method-assign]
    parser.feed(render(tmp_path / "t.html", text=text))
    assert ("".join(shown), elements) == (text, [("p", [("title", text)])])


def test_markup_is_put_in_unchanged(tmp_path: Path) -> None:
    (tmp_path / "t.html").write_text("<p>{{ text }}</p>", encoding="utf-8")
    assert render(tmp_path / "t.html", text=Markup("<b>1</b>")) == "<p><b>1</b></p>"


def test_a_value_that_is_not_given_is_an_error_and_no_gap(tmp_path: Path) -> None:
    (tmp_path / "t.html").write_text("{{ forgotten }}", encoding="utf-8")
    with pytest.raises(UndefinedError, match="forgotten"):
        render(tmp_path / "t.html")


def test_no_template_turns_escaping_off() -> None:
    folders = ("crasp", "tasks", "limit_transformer", "train", "eval")
    templates = [path for folder in folders for path in Path(folder).rglob("*.html")]
    assert templates
    for path in templates:
        text = path.read_text(encoding="utf-8")
        assert "safe" not in text.replace("-safe", ""), path
        assert "autoescape" not in text, path
