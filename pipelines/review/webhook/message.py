"""What is told of a decision, and how whoever is told sees that it comes from here.

Nothing of an applicant is in it beyond the application's id: comments stay in the log.
"""

import hashlib
import hmac
import json
from typing import Final

from pipelines.store import StoredReview

HEADER: Final = "Mingjian-Signature"


def body_of(review: StoredReview, portfolio: str) -> bytes:
    """A decision as JSON; the same decision always has the same bytes."""
    said = {
        "id": review.id,
        "event": "decision",
        "portfolio": portfolio,
        "run_key": review.run_key,
        "application_id": review.application_id,
        "outcome": review.recommendation,
        "action": review.action,
        "reason_code": review.reason_code,
        "reviewer": review.reviewer,
        "evidence_digest": review.evidence_digest,
        "decided_at": review.created_at.isoformat(),
        "hash": review.hash,
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()


def signature(secret: str, at: int, body: bytes) -> str:
    """The header that signs a body sent at a moment, so that an old one is not taken for new.

    Args:
        secret: What both sides know.
        at: When it is sent, in seconds since 1970.
        body: What is sent.

    Example:
        >>> signature("s", 0, b"{}")[:24]
        't=0,v1=e79b1f685c78e46b2'
    """
    told = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={told}"
