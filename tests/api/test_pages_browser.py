"""The pages in a browser: they fit, they are quiet, and a keyboard is enough."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from api_stories import full_world
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="Chromium is missing")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run",
]  # fmt: skip


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The invented world on a loopback port of its own."""
    app = full_world(demo=True).app()
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page at desk width that fails its test where the console complains."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    opened.on("console", lambda one: complaints.append(f"{one.type}: {one.text}"))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    opened.close()
    assert complaints == []


def addresses(page: Page, site: str) -> list[str]:
    found = page.request.get(f"{site}/api/posts?limit=200").json()["items"]
    hostile = next(one for one in found if "Читатель" in one["snippet"]["text"])
    edited = next(one for one in found if one["revisions"] > 1)
    return [
        "/", "/?view=posts", "/?q=дауыс", "/?q=ыыыы", "/sources", "/docs",
        hostile["links"]["page"], edited["links"]["page"],
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_screen(page: Page, site: str, width: int, language: str) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{site}/?lang={language}")
    for address in addresses(page, site):
        page.goto(site + address)
        wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{address} is {wide} px too wide at {width}"


def test_a_hostile_post_changes_nothing(page: Page, site: str) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda one: (dialogs.append(one.message), one.dismiss()))
    for address in addresses(page, site):
        page.goto(site + address)
        assert page.title() != "owned"
    assert dialogs == []


def test_a_keyboard_finds_the_content_the_search_and_a_post(page: Page, site: str) -> None:
    page.goto(f"{site}/?lang=en")
    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.getAttribute('href')")
    assert skip == "#main"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("дауыс")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")
    assert page.locator("mark.m-hit").count() > 0
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement === document.querySelector('.card')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/posts/**")
    assert page.locator(".text mark").count() > 0


def test_focus_is_always_visible(page: Page, site: str) -> None:
    page.goto(f"{site}/?lang=ru")
    for _ in range(25):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
              const e = document.activeElement, s = getComputedStyle(e);
              const r = e.getBoundingClientRect();
              return [e.outerHTML.slice(0, 80),
                s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, r.width > 0];
            }"""
        )
        assert seen[1], f"{seen[0]} shows no focus"
        assert seen[2], f"{seen[0]} is focused and not there"


def test_facets_narrow_the_list_and_can_be_taken_back(page: Page, site: str) -> None:
    page.goto(f"{site}/?lang=en")
    before = page.locator(".card").count()
    page.get_by_role("link", name="Only Apparent breach").click()
    page.wait_for_url("**verdict=violation**")
    after = page.locator(".card").count()
    assert 0 < after < before
    assert page.locator(".card .v-violation").count() == after
    page.locator(".chosen a").first.click()
    page.wait_for_function(f"document.querySelectorAll('.card').length === {before}")


def test_filters_open_on_a_phone_without_script(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/?lang=en")
    assert not page.locator(".facets").is_visible()
    page.locator(".show-filters").click()
    assert page.locator(".facets").is_visible()
    page.get_by_role("link", name="Only Apparent breach").click()
    assert "verdict=violation" in page.url
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(page: Page, site: str, scheme: str) -> None:
    """WCAG AA: 4.5 to 1 for every run of text, in light and in dark."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for address in addresses(page, site):
        page.goto(site + address)
        poor = page.evaluate(_POOR_CONTRAST)
        assert poor == [], f"{address}: {poor[:3]}"


_POOR_CONTRAST = """() => {
  const parse = (c) => (c.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => {
    const f = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const over = (top, under) => {
    const a = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map((i) => top[i] * a + under[i] * (1 - a));
  };
  const behind = (e) => {
    const stack = [];
    for (let n = e; n; n = n.parentElement) {
      const c = parse(getComputedStyle(n).backgroundColor);
      stack.push(c);
      if (c.length < 4 || c[3] === 1) break;
    }
    return stack.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const poor = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !e.checkVisibility()) continue;
    if (e.closest('.unseen, .skip, script')) continue;
    const s = getComputedStyle(e), bg = behind(e), fg = over(parse(s.color), bg);
    const [a, b] = [light(fg), light(bg)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push([walk.currentNode.data.trim().slice(0, 30), e.className, ratio]);
  }
  return poor;
}"""
