"""A real browser in front of a desk with a delivered night; skipped where one cannot be had."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from features.language import Language
from pipelines.review.workbench import Workbench
from tests.pipelines.conftest import Bank
from tests.pipelines.review.browser.nights import deliver, open_desk
from tests.pipelines.review.browser.served import served

SHIFT = int(os.environ.get("MINGJIAN_SHIFT", "5"))
"""Cases that an officer works; the night grows with them."""
LONG_SHIFT = 20
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
LOCALES: dict[Language, str] = {"zh": "zh-CN", "en": "en-GB"}
WAIT_MS = 20_000

Scheme = Literal["light", "dark"]


class Desk(NamedTuple):
    """A workbench and where it answers."""

    bench: Workbench
    address: str


Opens = Callable[..., Page]
"""Opens a page in a browser of its own: `opens(address, language, scheme, ...)`."""


@pytest.fixture(scope="session")
def desk(bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The desk on the morning after a night; each test works on cases that it finds open."""
    _chromium()
    config = deliver(bank, tmp_path_factory.mktemp("browser"), 20 + 12 * SHIFT)
    with open_desk(config) as bench, served(bench) as address:
        yield Desk(bench, address)


# Not of the session: as long as Playwright runs, other tests of the process cannot use asyncio.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    where = _chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def opens(chromium: Browser) -> Iterator[Opens]:
    contexts: list[BrowserContext] = []

    def open_page(
        address: str, language: Language = "en", scheme: Scheme = "light", **more: object
    ) -> Page:
        context = chromium.new_context(
            base_url=address, locale=LOCALES[language], color_scheme=scheme, **more
        )
        context.set_default_timeout(WAIT_MS)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


def _chromium() -> str:
    where, fonts = shutil.which("chromium"), shutil.which("fc-list")
    if where is None:
        pytest.skip("there is no chromium to open the pages with")
    if fonts is None or not subprocess.check_output([fonts, ":lang=zh"]):
        pytest.skip("there is no font for the Chinese pages")
    return where
