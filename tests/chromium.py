"""Pages in a real browser: Chromium, driven by playwright.

Skipped where there is none; `make test-page` fails then.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BROWSER = "browser"  # the group of the files whose tests share one, in one process
REQUIRED = os.environ.get("CRASP_BROWSER") == "required"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
PAPER = {"width": 718, "height": 1000}  # A4 less the margins of 1 cm, at 96 dots an inch

# The contrast of each text with what is behind it (WCAG 2), and of each line of a chart.
CONTRAST = """() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = c.slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const found = [];
  const add = (e, colour, what) => found.push([ratio(parse(colour), behind(e)), what, e.textContent.slice(0, 30)]);
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const style = getComputedStyle(e);
    if (own && e.closest("svg") && !["title", "desc"].includes(e.tagName)) add(e, style.fill, "chart text");
    else if (own && !e.closest("svg") && !["SCRIPT", "STYLE"].includes(e.tagName)) add(e, style.color, "text");
    if (e.matches("path.line, path.marker, path.axis")) add(e, style.stroke, "line");
  }
  return found;
}"""


@contextmanager
def chromium() -> Iterator[Any]:
    """A running browser; the test is skipped where there is none."""
    if CHROMIUM is None:
        (pytest.fail if REQUIRED else pytest.skip)("no Chromium is installed")
    if REQUIRED:
        import playwright.sync_api as api
    else:
        api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@contextmanager
def pages(browser: Any) -> Iterator[Callable[..., Any]]:
    """A function that opens a file; whatever the browser complains of or asks the network for fails the test."""
    contexts, wrong = [], []

    def open_page(shown: Path, viewport: dict[str, int] = DESKTOP, **options: Any) -> Any:
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.append(request.url) if request.url != shown.as_uri() else None)
        page.goto(shown.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def weak_contrasts(page: Any) -> set[tuple[float, str, str]]:
    """The texts (of a contrast under 4.5 with what is behind them) and lines of charts (under 3) of a page."""
    found = page.evaluate(CONTRAST)
    return {(round(ratio, 2), what, text) for ratio, what, text in found if ratio < (3 if what == "line" else 4.5)}
