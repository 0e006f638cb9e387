"""How the workbench is reached, `[web]` of `risk.toml`, and whom it tells: `[review.webhook]`."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from risk.desk import DeskSettings

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class WebSettings(BaseModel):
    """Addresses and sessions of the workbench.

    Attributes:
        hosts: Names under which browsers reach it, besides this machine's own; behind a proxy,
            the proxy's.
        idle_minutes: Minutes without use after which a person has to log in again.
        session_hours: Hours after which a person has to log in again in any case.
        reports: Folder of the validation and comparison reports that it shows, relative to the
            config file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hosts: tuple[str, ...] = ()
    idle_minutes: float = Field(default=30, gt=0, le=24 * 60)
    session_hours: float = Field(default=12, gt=0, le=7 * 24)
    reports: Path = Path("reports")


class WebhookSettings(BaseModel):
    """Who is told of decisions. The secret that signs them is in the environment.

    Attributes:
        url: Where each decision is posted to: https, or http on this machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(max_length=2_000, pattern=r"^[\x21-\x7e]+$")

    @field_validator("url")
    @classmethod
    def _nobody_listens_in(cls, url: str) -> str:
        parts = urlsplit(url)
        encrypted = parts.scheme == "https" or (
            parts.scheme == "http" and parts.hostname in _LOOPBACK
        )
        if not encrypted or not parts.hostname or parts.fragment or parts.port == 0:
            raise ValueError("give an https address, or an http address of this machine")
        if parts.username is not None or parts.password is not None:
            raise ValueError("leave name and password out: the signature tells who sends")
        return url


class ReviewSettings(DeskSettings):
    """The rules of the desk, and who is told of what is decided there.

    Attributes:
        webhook: Who is told of decisions; None for nobody.
    """

    webhook: WebhookSettings | None = None
