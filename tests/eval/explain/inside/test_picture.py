"""The picture in a real browser: nothing scrolls sideways, and the page loads nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crasp.meaning.interpreter import Words
from crasp.text.loader import load_program
from eval.answering.answerers import ProgramAnswerer
from eval.explain.inside.looking import look_inside
from eval.explain.inside.picture import inside_picture
from eval.page.page_frame import Section, render_page
from tests.chromium import BROWSER, DESKTOP, PHONE, pages

pytestmark = pytest.mark.xdist_group(BROWSER)


def test_the_page_is_no_wider_than_the_screen_whatever_the_model_is_called(tmp_path: Path, browser: Any) -> None:
    program, page = load_program("lib:tomita4"), tmp_path / "found.html"
    words = Words(np.random.default_rng(0).integers(0, 2, (20, 30)), np.full(20, 30))
    seen = look_inside(ProgramAnswerer("tomita4", program), program.alphabet, words, program)
    title = f"Explained: {'a_long_name' * 8}"
    written = render_page(title, "explained", [Section("inside", "Seen inside", inside_picture(seen))])
    page.write_text(written, encoding="utf-8")
    with pages(browser) as open_page:
        for viewport in (DESKTOP, PHONE):
            opened = open_page(page, viewport)
            assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth"), viewport
            assert opened.locator("svg[role=img]").count() == 2, "heads and positions of the compiled GPT-2"
