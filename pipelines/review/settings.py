"""How the workbench is reached, `[web]` of `risk.toml`, and whom it tells: `[review.webhook]`."""

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipelines.review.addresses import LOOPBACK, unheard
from pipelines.review.oidc.settings import OidcSettings
from risk.desk import DeskSettings


class WebSettings(BaseModel):
    """Addresses and sessions of the workbench.

    Attributes:
        hosts: Names under which browsers reach it, besides this machine's own; behind a proxy,
            the proxy's.
        idle_minutes: Minutes without use after which a person has to log in again.
        session_hours: Hours after which a person has to log in again in any case.
        reports: Folder of the validation and comparison reports that it shows, relative to the
            config file.
        address: Where browsers reach it, such as `https://desk.bank.example`; an OpenID provider
            sends people back there, whatever name a request was addressed to.
        oidc: The OpenID provider by which people log in; None for local accounts alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hosts: tuple[str, ...] = ()
    idle_minutes: float = Field(default=30, gt=0, le=24 * 60)
    session_hours: float = Field(default=12, gt=0, le=7 * 24)
    reports: Path = Path("reports")
    address: str = ""
    oidc: OidcSettings | None = None

    @field_validator("address")
    @classmethod
    def _nobody_listens_in(cls, address: str) -> str:
        if address and "?" in unheard(address):
            raise ValueError("address has no query")
        return address.rstrip("/")

    @model_validator(mode="after")
    def _is_reached_there(self) -> Self:
        if self.oidc is not None and not self.address:
            raise ValueError(
                "[web.oidc] needs address in [web]: where browsers reach the workbench"
            )
        name = urlsplit(self.address).hostname
        if name and name not in (*LOOPBACK, *(host.lower() for host in self.hosts)):
            raise ValueError(f"list {name}, the name in address, in hosts too")
        return self


class WebhookSettings(BaseModel):
    """Who is told of decisions. The secret that signs them is in the environment.

    Attributes:
        url: Where each decision is posted to: https, or http on this machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str

    @field_validator("url")
    @classmethod
    def _nobody_listens_in(cls, url: str) -> str:
        return unheard(url)


class ReviewSettings(DeskSettings):
    """The rules of the desk, and who is told of what is decided there.

    Attributes:
        webhook: Who is told of decisions; None for nobody.
    """

    webhook: WebhookSettings | None = None
