"""A workbench whose people log in by a provider on this machine."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import httpx2
import pytest

from pipelines.review.app import create_app
from pipelines.review.oidc.settings import SECRET as SECRET_NAME
from pipelines.review.settings import WebSettings
from pipelines.review.workbench import Workbench
from tests.pipelines.review.conftest import HOST, Browser, Clock
from tests.pipelines.review.oidc.provider import CLIENT, SECRET, Provider, provider_at_work

BEGIN = "/login/oidc"


class Visitor(Browser):
    """A browser that also goes to the provider."""

    def go(self, to: str = "") -> str:
        """To the provider; returns where it sends the browser back to."""
        begun = self.get(BEGIN, params={"next": to} if to else {})
        assert begun.status_code == 303, begun.text
        return httpx2.get(begun.headers["location"], trust_env=False).headers["location"]

    def come(self, back: str) -> httpx2.Response:
        """Back from the provider."""
        parts = urlsplit(back)
        assert f"{parts.scheme}://{parts.netloc}" == HOST
        return self.get(f"{parts.path}?{parts.query}")

    def knock(self, to: str = "") -> httpx2.Response:
        """There and back."""
        return self.come(self.go(to))


@pytest.fixture
def provider(clock: Clock) -> Iterator[Provider]:
    with provider_at_work(clock) as provider:
        yield provider


@pytest.fixture
def opens(
    bench: Workbench, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Callable[[], Visitor]]:
    """Opens the workbench with more settings of the provider; officer 7f3a is linked to it."""
    monkeypatch.setenv(SECRET_NAME, SECRET)
    bench.people.link("officer", f"{provider.issuer} 7f3a")

    def opened(**more: object) -> Callable[[], Visitor]:
        oidc = {"issuer": provider.issuer, "client_id": CLIENT, **more}
        web = WebSettings.model_validate({"address": HOST, "oidc": oidc})
        app = create_app(replace(bench, config=bench.config.model_copy(update={"web": web})))
        return lambda: Visitor(app, HOST, follow_redirects=False)

    return opened


@pytest.fixture
def visitor(opens: Callable[..., Callable[[], Visitor]]) -> Visitor:
    """A browser in front of a workbench with the least of settings."""
    return opens()()
