"""Scripts and styles: what they are, and how long a browser keeps them."""

import hashlib
from collections.abc import Callable
from importlib import resources

import pytest

from pipelines.errors import StoreError
from pipelines.review.sessions import Sessions
from pipelines.review.statics import address, statics
from pipelines.review.workbench import Workbench
from tests.pipelines.review.conftest import Browser

HTMX = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"


def test_htmx_is_the_version_that_was_looked_at() -> None:
    content = statics()["htmx.min.js"].content
    assert hashlib.sha256(content).hexdigest() == HTMX
    licence = resources.files("pipelines.review").joinpath("static/LICENSE-htmx.txt")
    assert HTMX in licence.read_text("utf-8")


def test_a_file_is_kept_for_long_under_the_address_of_its_content_only(
    browser: Callable[[], Browser],
) -> None:
    visitor = browser()
    kept = visitor.get(address("htmx.min.js"))
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert kept.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "set-cookie" not in kept.headers
    assert visitor.get("/static/htmx.min.js?v=old").headers["cache-control"] == "no-cache"
    known = {"if-none-match": kept.headers["etag"]}
    assert visitor.get("/static/htmx.min.js", headers=known).status_code == 304


def test_a_page_without_a_store_still_has_its_style(
    bench: Workbench, browser: Callable[[], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = browser().log_in("officer")

    def away(*_: object) -> None:
        raise StoreError("the store (sqlite) cannot be used")

    monkeypatch.setattr(Sessions, "find", away)
    page = visitor.get("/queue")
    assert page.status_code == 503
    assert (sheet := address("review.css")) in page.text
    assert visitor.get(sheet).status_code == 200


@pytest.mark.parametrize(
    "name", ["none.js", "LICENSE-htmx.txt", "../app.py", "..%2fapp.py", "%2e%2e/app.py", "a/b"]
)
def test_nothing_else_is_served(name: str, browser: Callable[[], Browser]) -> None:
    assert browser().get(f"/static/{name}").status_code == 404
