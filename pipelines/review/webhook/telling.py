"""Tells of decisions, one after the other, for as long as somebody calls.

What waits to be told is what stands in the log behind the last that was told, so nothing is lost
whenever the process ends; what was told and not yet noted is told once more.
"""

import os
import time
from collections.abc import Callable
from typing import Final

from pipelines.errors import ConfigError
from pipelines.review.settings import WebhookSettings
from pipelines.review.webhook.message import HEADER, body_of, signature
from pipelines.review.webhook.posting import NotToldError, post
from pipelines.review.workbench import Workbench
from pipelines.store import StoredReview
from pipelines.store.outbox import Outbox

SECRET: Final = "MINGJIAN_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
"""Environment variable that holds the secret."""
EVERY_S: Final = 2.0
_LONGEST_S, _AT_A_TIME_S, _DOUBLINGS = 300.0, 5.0, 8
_LEAST = 16


class Telling:
    """Tells the webhook of a portfolio's settings."""

    def __init__(self, bench: Workbench, settings: WebhookSettings,
                 clock: Callable[[], float] = time.monotonic) -> None:  # fmt: skip
        """Tell of every decision from now on, and of those that are still waiting to be told.

        Raises:
            ConfigError: There is no secret to sign with.
            StoreError: The store cannot be used.
        """
        self._url, self._secret = settings.url, secret()
        self._portfolio, self._clock = bench.config.name, clock
        self._outbox = Outbox(bench.database, bench.config.name, "webhook")
        self._failed, self._not_before = 0, 0.0
        # Before the first decision can be made, or it might be taken for one of long ago.
        self._outbox.begin()

    def tell(self) -> None:
        """Tell of what waits, for some seconds; not at all for a while after a failure.

        Raises:
            NotToldError: It did not arrive, and will be tried again, later each time.
            StoreError: The store cannot be used.
        """
        if self._clock() < self._not_before:
            return
        until = self._clock() + _AT_A_TIME_S
        try:
            while self._clock() < until and (waiting := self._outbox.waiting(1)):
                self._send(waiting[0])
                self._outbox.told(waiting[0].id)
        except NotToldError:
            wait_s = EVERY_S * 2.0 ** min(self._failed, _DOUBLINGS)
            self._failed += 1
            self._not_before = self._clock() + min(wait_s, _LONGEST_S)
            raise
        self._failed = 0

    def _send(self, review: StoredReview) -> None:
        body, at = body_of(review, self._portfolio), int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "mingjian",
            HEADER: signature(self._secret, at, body),
        }
        post(self._url, body, headers)


def secret() -> str:
    """What the webhook's messages are signed with.

    Raises:
        ConfigError: The environment holds none, or one that could be guessed.
    """
    found = os.environ.get(SECRET, "")
    if len(found) < _LEAST:
        raise ConfigError(
            f"[review.webhook] needs a secret to sign with: set {SECRET} to {_LEAST} characters "
            "or more"
        )
    return found
