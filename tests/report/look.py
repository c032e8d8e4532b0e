"""look.py PAGE.html [FOLDER]: opens a report in headless Chromium at a desk's, a phone's and a printed page's width, uses
its controls by pointer and by keyboard, and fails where a script complains, a request leaves the page, a chart is empty
or has no name, the page scrolls sideways, or a control changes nothing. With FOLDER leaves screenshots and a PDF."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

VIEWS = [("desk", 1200, 900, "light"), ("phone", 390, 844, "dark")]

SEEN = """() => {
  const figures = [...document.querySelectorAll("figure")];
  const focusable = [...document.querySelectorAll("a, select, input, summary, .scroll")];
  return {
    sections: document.querySelectorAll("h2").length,
    links: document.querySelectorAll("nav a").length,
    dead: [...document.querySelectorAll("nav a")].filter((a) => !document.querySelector(a.getAttribute("href"))).length,
    figures: figures.length,
    empty: figures.filter((f) => !f.querySelector("svg [d], svg rect, svg circle")).length,
    unnamed: figures.filter((f) => ![...f.querySelectorAll("svg")].some((s) => s.getAttribute("aria-label"))).length,
    unlabelled: [...document.querySelectorAll("select, input")].filter((c) => !c.closest("label")).length,
    headless: [...document.querySelectorAll("table")].filter((t) => !t.querySelector("th[scope=col]")).length,
    regions: [...document.querySelectorAll("[role=region]")].filter((r) => !r.getAttribute("aria-label")).length,
    broken: (document.querySelector("main").innerHTML.match(/\\b(NaN|undefined)\\b/g) || []).length,
    wide: document.documentElement.scrollWidth > document.documentElement.clientWidth + 1,
    unreachable: focusable.filter((e) => e.tabIndex < 0).length,
  };
}"""

MARK = """() => {
  const style = getComputedStyle(document.querySelector("figure svg :is([fill='var(--mark)'], [stroke='var(--mark)'])"));
  return style.fill + style.stroke;
}"""


class Look:
    """Opens a page again and again, and gathers complaints."""

    def __init__(self, url: str, folder: Path | None) -> None:
        self.url, self.folder, self.complaints = url, folder, list[str]()

    def expect(self, truth: bool, what: str) -> None:
        if not truth:
            self.complaints.append(what)

    def open(self, browser: Browser, name: str, **options: object) -> Page:
        page = browser.new_page(**options)  # type: ignore[arg-type]
        page.on("console", lambda m: self.expect(m.type not in ("error", "warning"), f"{name}: {m.text}"))
        page.on("pageerror", lambda error: self.expect(False, f"{name}: {error}"))
        page.on("request", lambda r: self.expect(r.url.startswith(("file:", "data:")), f"{name}: asks for {r.url}"))
        page.goto(self.url)
        page.wait_for_selector("#plan")
        return page

    def structure(self, page: Page, name: str) -> None:
        seen = page.evaluate(SEEN)
        self.expect(seen["figures"] > 0 and seen["links"] == seen["sections"], f"{name}: {seen}")
        for what in ("dead", "empty", "unnamed", "unlabelled", "headless", "regions", "broken", "wide", "unreachable"):
            self.expect(not seen[what], f"{name}: {what}: {seen[what]}")
        print(f"{name}: {seen['sections']} sections, {seen['figures']} figures")

    def parameter(self, page: Page, name: str) -> None:
        """Another parameter's traces, by keyboard alone."""
        choice = page.locator("#trace")
        if choice.count() == 0 or choice.locator("option").count() < 2:
            return
        label = page.locator("#diagnostics ~ .figures svg").first
        before = label.get_attribute("aria-label")
        choice.focus()
        page.keyboard.press("ArrowDown")
        self.expect(before != label.get_attribute("aria-label"), f"{name}: another parameter changes no chart")

    def caterpillar(self, page: Page, name: str) -> None:
        """Numbers where the pointer is; another order."""
        chart = page.locator("#groups ~ figure svg").first
        if chart.count() == 0:
            return
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(100)
        tips = page.locator("#groups ~ figure [aria-label=tip] text")
        self.expect(tips.count() > 0, f"{name}: pointing shows no numbers")
        order, before = page.locator("#groups ~ figure select").first, chart.inner_html()
        order.select_option("level")
        self.expect(before != page.locator("#groups ~ figure svg").first.inner_html(), f"{name}: one order for all")
        order.select_option("estimate")

    def keyboard(self, page: Page, name: str) -> None:
        """The first stop skips to the report, and what has the focus shows it."""
        page.goto(self.url)
        page.wait_for_selector("#plan")
        page.keyboard.press("Tab")
        focus = "document.activeElement"
        self.expect(page.evaluate(f"{focus}.className") == "skip", f"{name}: the first stop is not the skip link")
        page.keyboard.press("Enter")
        self.expect(page.evaluate(f"{focus}.id") == "main", f"{name}: skipping does not reach the report")
        page.keyboard.press("Tab")
        style = page.evaluate(f"getComputedStyle({focus}).outlineStyle")
        self.expect(style not in ("none", ""), f"{name}: the focus cannot be seen")
        details = page.locator("details").first
        if details.count():
            details.locator("summary").focus()
            page.keyboard.press("Enter")
            self.expect(details.locator("table").is_visible(), f"{name}: the numbers do not open by keyboard")

    def printed(self, browser: Browser) -> None:
        """From a dark screen: paper is white, and what cannot be used on it is left out."""
        page = self.open(browser, "print", color_scheme="dark")
        before = page.evaluate(MARK)
        page.emulate_media(media="print")
        self.expect(before != page.evaluate(MARK), "print: charts keep the colours of a dark screen")
        self.expect("rgb(0, 0, 0)" == page.evaluate("getComputedStyle(document.body).color"), "print: the text is not black")
        for what in ("nav", ".controls >> nth=0", "summary >> nth=0"):
            self.expect(page.locator(what).count() == 0 or page.locator(what).is_hidden(), f"print: {what} is printed")
        if self.folder:
            page.pdf(path=self.folder / "print.pdf", format="A4")
        page.close()

    def all(self, browser: Browser) -> None:
        for name, width, height, scheme in VIEWS:
            page = self.open(browser, name, viewport={"width": width, "height": height}, color_scheme=scheme)
            self.structure(page, name)
            self.parameter(page, name)
            self.caterpillar(page, name)
            if self.folder:
                page.mouse.move(0, 0)
                page.screenshot(path=self.folder / f"{name}.png", full_page=True)
            self.keyboard(page, name)
            page.close()
        self.printed(browser)


def main() -> int:
    path, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]) if len(sys.argv) > 2 else None
    look = Look(path.as_uri(), folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        look.all(browser)
        browser.close()
    for complaint in look.complaints:
        print(complaint, file=sys.stderr)
    return 1 if look.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
