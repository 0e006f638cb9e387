"""What can be taken away from a case: the whole page as a PDF, and the letter to the applicant."""

import re
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from features.errors import DataError
from pipelines import notice
from pipelines.pages.pdf import pdf
from pipelines.review.case.given import Given
from pipelines.review.case.room import PATH, asked_for, given_of, page
from pipelines.review.errors import NoNoticeError, NotFoundError
from pipelines.review.routing import ACTING, SEEING, Rooms
from pipelines.review.statics import statics
from pipelines.review.visitor import Who
from pipelines.review.wishes import Wish, Wished
from pipelines.store import CaseKey, Review
from risk.notice import Decided
from risk.policy import Recommendation

_SHEET = re.compile(r'<link rel="stylesheet" href="[^"]*/static/([\w.-]+)\?[^"]*">')
_UNPRINTED = re.compile(r"<script [^>]*></script>|<form .*?</form>", re.DOTALL)
"""What acts has no place on paper; the hidden fields of forms hold the session's token."""
_PAPER = "<style>.what-if { display: none; }</style></head>"
"""A what-if is kept nowhere, on paper neither."""


def rooms() -> Rooms:
    """The addresses of both."""
    rooms = Rooms()
    rooms.get(f"/export{PATH}", roles=SEEING)(export)
    rooms.post(f"/notice{PATH}", roles=ACTING)(send_notice)
    return rooms


def export(request: Request, visitor: Who, run_key: str, application_id: str) -> Response:
    """The page of a case, as whoever asks sees it, on A4.

    Raises:
        ConfigError: This machine cannot print.
    """
    shown = page(request, visitor, CaseKey(run_key, application_id), asked_for({}))
    whole = alone(bytes(shown.body).decode())
    return _attached(pdf(whole, visitor.language), f"case-{application_id}.pdf")


def send_notice(wish: Wished) -> Response:
    """The adverse-action notice of a declined case; that it was drawn up is logged.

    Raises:
        ConfigError: Nobody said who writes to applicants, or this machine cannot print.
        NotFoundError: The case is gone, or was not declined.
        NoNoticeError: No reason code says why it was declined.
    """
    row = wish.row()
    given = given_of(wish.bench, row)
    if given is None:
        raise NotFoundError("another run has replaced the one of this case")
    if row.outcome != "decline":
        raise NotFoundError("the case was not declined, so there is no notice of it")
    printed = pdf(_letter(wish, given), wish.visitor.language)
    wish.bench.reviews.append(_logged(wish, row.evidence_digest))
    return _attached(printed, f"notice-{wish.key.application_id}.pdf")


def _letter(wish: Wish, given: Given) -> str:
    decided = Decided(given.record.score, Recommendation.DECLINE, given.record.case)
    when = (wish.bench.clock().astimezone().date(), wish.visitor.language)
    try:
        return notice.write(wish.bench.config, decided, given.basis.policy, when)
    except DataError as error:
        raise NoNoticeError(str(error)) from error


def alone(page: str) -> str:
    """A page for paper: its sheets stand in it, and its scripts and forms are gone."""

    def sheet(found: re.Match[str]) -> str:
        return f"<style>{statics()[found[1]].content.decode()}</style>"

    return _SHEET.sub(sheet, _UNPRINTED.sub("", page)).replace("</head>", _PAPER, 1)


def _logged(wish: Wish, evidence: str) -> Review:
    return Review(
        run_key=wish.key.run_key,
        application_id=wish.key.application_id,
        reviewer=wish.person.name,
        action="notice",
        evidence_digest=evidence,
    )


def _attached(document: bytes, name: str) -> Response:
    """A PDF to be kept; its name may hold any characters."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition}
    return Response(document, media_type="application/pdf", headers=headers)
