"""Pages out of templates: text is escaped, and characters that are no text are replaced.

Every template is given `say` (words by key), `url` and `static` (addresses as the browser needs
them), `visitor`, `language`, `csrf`, `path` (where the page can be asked for again) and what its
room gives it.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache, partial
from importlib import metadata
from urllib.parse import quote

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from features.language import LANGUAGES, Catalogue, Language, Text, catalogue
from pipelines.pages.numbers import NOTHING, written
from pipelines.pages.words import plain
from pipelines.review import flash, sessions
from pipelines.review.addresses import parts_of
from pipelines.review.statics import address
from pipelines.review.visitor import Visitor
from pipelines.review.workbench import bench_of
from risk.display import day_shown
from risk.report.document import Kind

_WORD = re.compile(r"[a-z][a-z'’-]*(?![\w.])")
TAGS: dict[Language, str] = {"zh": "zh-CN", "en": "en"}


def words() -> Catalogue:
    """The words of all pages."""
    return catalogue("pipelines.review")


def render(
    request: Request, visitor: Visitor, template: str, *, status: int = 200, **values: object
) -> Response:
    """A page in the visitor's language.

    Args:
        request: What is answered.
        visitor: Who it is for.
        template: Name of the template, such as `queue/queue.html`.
        status: HTTP status of the answer.
        values: What the template shows.
    """
    given = _frame(request, visitor) | {"status": status} | values
    page = HTMLResponse(environment(visitor.language).get_template(template).render(given), status)
    page.headers["Content-Language"] = TAGS[visitor.language]
    if visitor.fresh:
        sessions.give(page, visitor.session)
    flash.forget(request, page)
    return page


def _frame(request: Request, visitor: Visitor) -> dict[str, object]:
    """What every template is given."""
    return {
        "url": partial(url, request),
        "static": lambda name: url(request, address(name)),
        "visitor": visitor,
        "csrf": visitor.csrf,
        "path": path_of(request),
        "portfolio": bench_of(request).config.name if visitor.person else "",
        "version": _version(),
        "error": "",
        "flash": flash.told(request, visitor.language),
        "retry_after": 0,
    }


def url(request: Request, path: str) -> str:
    """An address of ours as the browser needs it, behind whatever proxy."""
    return f"{root_of(request)}{path}"


def root_of(request: Request) -> str:
    """What a proxy puts before our addresses; mostly nothing."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def asked(request: Request) -> str:
    """The address that was asked for, without what a proxy puts before it."""
    return request.url.path.removeprefix(root_of(request))


def segment(text: str) -> str:
    """A text as a part of an address, whatever characters it holds.

    Example:
        >>> segment("A/1?é")
        'A%2F1%3F%C3%A9'
    """
    return quote(text, safe="")


def case_path(run_key: str, application_id: str) -> str:
    """The address of a case's page."""
    return f"/case/{segment(run_key)}/{segment(application_id)}"


def path_of(request: Request) -> str:
    """Where the page can be asked for again; for an answer to a form, the page of the form."""
    if request.method in ("GET", "HEAD"):
        here = request.url
        return f"{here.path}?{here.query}" if here.query else here.path
    before = parts_of(request.headers.get("referer", ""))
    back = f"{before.path}?{before.query}" if before.query else before.path
    ours = before.netloc == request.headers.get("host") and is_local(back)
    return back if ours else url(request, "/")


def is_local(path: str) -> bool:
    """Whether an address stays with us, whatever a browser makes of it.

    Example:
        >>> is_local("/queue?q=mine"), is_local("//evil.example"), is_local("https://evil.example")
        (True, False, False)
    """
    return path.startswith("/") and path.isprintable() and path[1:2] not in ("/", "\\")


def go_to(request: Request, path: str) -> Response:
    """Send the visitor on to a page of ours, given without what a proxy puts before it."""
    return RedirectResponse(url(request, path), 303)


def _shown(value: object) -> object:
    """What stands in a page for a value: no control characters, nothing that turns text around."""
    if type(value) is Markup:
        return value
    if value is None:
        return NOTHING
    return plain(value) if isinstance(value, str) else value


def headed(label: str) -> str:
    """A label where it stands by itself: dictionaries write those of English for mid-sentence.

    What is no word of small letters, such as the name of a column, stays as it is.

    Example:
        >>> headed("debt to income"), headed("debt_to_income"), headed("iPad"), headed("负债收入比")
        ('Debt to income', 'debt_to_income', 'iPad', '负债收入比')
    """
    return label[:1].upper() + label[1:] if _WORD.match(label) else label


@cache
def _version() -> str:
    try:
        return metadata.version("mingjian")
    except metadata.PackageNotFoundError:
        return ""


@cache
def environment(language: Language) -> Environment:
    """The templates of a language, with what they may call.

    Whatever is imported without a page's own values is made once a language, and not once a page.
    """
    made = Environment(
        loader=PackageLoader("pipelines.review"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters: dict[str, Callable[..., object]] = {
        "written": _written, "day": _day, "moment": _moment, "text": _text, "segment": segment,
        "headed": headed,
    }  # fmt: skip
    made.filters.update(filters)
    made.globals |= {
        "case_path": case_path,
        "say": partial(words().text, language),
        "language": language,
        "tag": TAGS[language],
    }
    return made


def prepare() -> None:
    """Do beforehand what would make the first visitor of each page wait longer."""
    for made in map(environment, LANGUAGES):
        for name in made.list_templates():
            made.get_template(name)


def _written(value: float | None, kind: Kind) -> str:
    """A number as its kind is written, such as `share` or `count`."""
    return NOTHING if value is None else written(value, kind)


@pass_context
def _day(context: Context, value: date | None) -> str:
    """A day in words."""
    return NOTHING if value is None else day_shown(value, context["language"])


def _moment(value: datetime | None) -> str:
    """A moment by this machine's clock, to the minute; the same in both languages."""
    return NOTHING if value is None else f"{value.astimezone():%Y-%m-%d %H:%M}"


@pass_context
def _text(context: Context, value: Text) -> str:
    """A text that comes in both languages."""
    return value.in_(context["language"])
