"""A real browser goes to an OpenID provider and comes back; the pages on the way are accessible."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from features.language import LANGUAGES, Language
from pipelines.review.oidc.settings import BEGIN
from pipelines.review.oidc.settings import SECRET as SECRET_NAME
from pipelines.review.settings import WebSettings
from pipelines.review.workbench import Workbench
from tests.pipelines.review.browser.conftest import Opens
from tests.pipelines.review.browser.keyboard import Keyboard
from tests.pipelines.review.browser.served import served
from tests.pipelines.review.oidc.provider import CLIENT, SECRET, Provider, provider_at_work


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provider_at_work(lambda: datetime.now(UTC)) as provider:
        yield provider


@pytest.fixture
def address(bench: Workbench, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where a workbench answers whose officer logs in by the provider."""
    monkeypatch.setenv(SECRET_NAME, SECRET)
    bench.people.link("officer", f"{provider.issuer} 7f3a")

    def at(bench: Workbench, address: str) -> Workbench:
        oidc = {"issuer": provider.issuer, "client_id": CLIENT}
        web = WebSettings.model_validate({"address": address, "oidc": oidc})
        return replace(bench, config=bench.config.model_copy(update={"web": web}))

    with served(replace(bench, clock=lambda: datetime.now(UTC)), at) as address:
        yield address


def see(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, f"{page.url}: {[each['id'] for each in found]}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_and_back_by_keyboard_and_out_again(
    language: Language, address: str, provider: Provider, opens: Opens
) -> None:
    page = opens(address, language, "light" if language == "zh" else "dark", bypass_csp=True)
    page.goto("/night")
    see(page)
    keyboard = Keyboard(page)
    page.locator("main a.button").focus()
    keyboard.go("Enter")
    expect(page).to_have_url(f"{address}/night")
    page.goto("/password")
    see(page)
    keyboard.log_out()
    expect(page).to_have_url(re.compile("left=1"))
    see(page)
    provider.claims["sub"] = "nobody"
    page.goto(BEGIN)
    expect(page.locator("main code")).to_have_text("nobody")
    see(page)


def test_the_way_there_is_open_under_the_content_security_policy(
    address: str, opens: Opens
) -> None:
    page = opens(address)
    page.goto("/login?next=/night")
    page.locator("main a.button").click()
    expect(page).to_have_url(f"{address}/night")
