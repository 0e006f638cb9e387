"""Keys and jumps, in a real browser: what they press, and what they leave alone."""

import os
import shutil
from collections.abc import Iterator
from importlib import resources

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
SCRIPT = resources.files("pipelines.review").joinpath("static/review.js").read_text("utf-8")
PAGE = """<!doctype html><html lang="en"><title>x</title><body>
<button data-opens="keys" data-key="?" hidden>Keys</button>
<input id="search" data-key="/" aria-label="Search">
<button id="gone" data-key="a" hidden>Gone</button>
<button id="a" data-key="a">Accept <kbd>a</kbd></button>
<table><tbody>
<tr id="r1"><td><input type="checkbox" name="case" data-key="x">
<a data-row href="#one">one</a></td></tr>
<tr id="r2"><td><input type="checkbox" name="case" data-key="x">
<a data-row href="#two">two</a></td></tr>
</tbody></table>
<button id="c" data-key="c" data-ticked="case" type="button">Claim</button>
<details class="act"><summary data-key="o">Override</summary>
<form class="sheet"><textarea id="why"></textarea><button>Go</button></form></details>
<ol><li><a id="s1" data-row data-span="m1 m2" href="#m1">source</a></li></ol>
<div class="documents">
<details id="fold"><summary>Paper</summary><mark id="m1">here</mark></details>
<mark id="m2">there</mark></div>
<dialog id="keys"><form method="dialog"><button>Close</button></form>
<section><dl data-keys-here></dl></section><dl><div data-keys-rows></div></dl></dialog>
<script>
window.pressed = []; window.sent = 0;
addEventListener("click", (event) => window.pressed.push(event.target.id));
addEventListener("submit", (event) => {
  if (!event.defaultPrevented) window.sent += 1;
  event.preventDefault();
});
</script></body></html>"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    flags = ["--no-sandbox"] if os.getuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_page() as tab:
        tab.set_content(PAGE)
        tab.add_script_tag(content=SCRIPT)
        yield tab


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent"))


def pressed(page: Page) -> object:
    return page.evaluate("window.pressed")


def test_a_key_presses_what_can_be_seen(page: Page) -> None:
    press(page, "a")
    assert pressed(page) == ["a"]


def test_keys_are_letters_while_one_types(page: Page) -> None:
    press(page, "/", "a", "j", "?")
    assert page.input_value("#search") == "aj?"
    assert pressed(page) == []
    press(page, "Escape", "a")
    assert pressed(page) == ["a"]


@pytest.mark.parametrize("key", ["Control+a", "Alt+a", "Meta+a"])
def test_keys_of_browser_and_system_are_left_alone(key: str, page: Page) -> None:
    press(page, key)
    assert pressed(page) == []


@pytest.mark.parametrize("told", ["isComposing: true", "keyCode: 229"])
def test_keys_are_left_alone_while_chinese_is_composed(told: str, page: Page) -> None:
    event = f"new KeyboardEvent('keydown', {{key: 'a', bubbles: true, {told}}})"
    page.evaluate(f"document.body.dispatchEvent({event})")
    assert pressed(page) == []


def test_j_and_k_go_from_row_to_row_and_stay_at_the_ends(page: Page) -> None:
    places = []
    for key in "jjjjkkkk":
        press(page, key)
        places.append(focused(page))
    assert places == ["one", "two", "s1", "s1", "two", "one", "one", "one"]


def test_enter_opens_the_row(page: Page) -> None:
    press(page, "j", "j", "Enter")
    assert page.evaluate("location.hash || document.activeElement.hash") == "#two"


def test_a_key_of_a_row_is_for_the_row_with_the_focus(page: Page) -> None:
    press(page, "x")
    assert page.locator(":checked").count() == 0
    press(page, "j", "j", "x")
    assert page.locator("#r2 :checked").count() == 1
    assert page.locator(":checked").count() == 1


def test_an_act_on_ticked_rows_is_for_the_one_with_the_focus_where_none_is(page: Page) -> None:
    press(page, "j", "c")
    assert page.locator("#r1 :checked").count() == 1
    press(page, "j", "c")
    assert page.locator("#r2 :checked").count() == 0


def test_an_act_unfolds_and_escape_folds_it_again(page: Page) -> None:
    press(page, "o")
    assert focused(page) == "why"
    press(page, "Escape")
    assert page.locator("details.act[open]").count() == 0
    assert focused(page) == "Override"


def test_what_is_written_is_sent_once(page: Page) -> None:
    press(page, "o", "Control+Enter", "Control+Enter")
    assert page.evaluate("window.sent") == 1


def test_a_sentence_shows_its_spans_and_escape_goes_back(page: Page) -> None:
    press(page, "k", "Enter")
    assert focused(page) == "m1"
    assert page.locator("mark.shown").count() == 2
    assert page.locator("#fold[open]").count() == 1
    press(page, "Escape")
    assert focused(page) == "s1"
    press(page, "Enter", "k")
    assert focused(page) == "two"


def test_the_sheet_names_every_key_of_the_page_once(page: Page) -> None:
    press(page, "?")
    assert page.locator("dialog[open] dt").all_inner_texts() == ["/", "a", "x", "c", "o"]
    assert page.locator("dialog[open] dd").all_inner_texts()[:2] == ["Search", "Accept"]
    before = pressed(page)
    press(page, "a")
    assert pressed(page) == before
    press(page, "Escape", "a")
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate("window.pressed.at(-1)") == "a"


def test_nothing_is_kept() -> None:
    assert "Storage" not in SCRIPT
    assert "cookie" not in SCRIPT
