"""Who knows the people of the workbench: `[web.oidc]` of `risk.toml`.

The client's secret is in the environment or in a file that it names, never in the settings.
"""

import os
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from features.language import Text
from pipelines.errors import ConfigError
from pipelines.review.addresses import unheard
from risk.desk import Role

BEGIN: Final = "/login/oidc"
"""Where a log-in begins."""
DONE: Final = "/login/oidc/done"
"""Where the provider sends people back to; it has to know this address."""
OUT: Final = "/login/oidc/out"
"""Where whoever has logged out here logs out of the provider too."""
SECRET: Final = "MINGJIAN_OIDC_SECRET"  # noqa: S105 - the name of a variable
"""Environment variable that holds the client's secret."""
SECRET_FILE: Final = "MINGJIAN_OIDC_SECRET_FILE"  # noqa: S105 - the name of a variable
"""Environment variable that names a file which holds it."""
_LEAST, _LONGEST_SUBJECT = 16, 255


class OidcSettings(BaseModel):
    """The provider, and what its people may do here.

    Attributes:
        issuer: Its address, exactly as its tokens name it.
        client_id: What it knows the workbench by.
        scopes: What it is asked for.
        role_claim: Claim of the ID token that names a person's groups or role: one of that name,
            else a path such as `realm_access.roles`; empty where roles are given here.
        roles: Which group has which role; of several, the first that a person is in counts. Taken
            over at every log-in.
        create_accounts: Whether somebody without an account gets one at first log-in, as long as
            the person is in one of those groups.
        name_claim: Claim that names such an account.
        label: The words of the button; None for those of the catalogue.
        local: Whether accounts with a password may log in beside it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, AfterValidator(unheard)]
    client_id: str = Field(min_length=1, max_length=255, pattern=r"^[\x21-\x39\x3b-\x7e]+$")
    scopes: tuple[Annotated[str, Field(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+$")], ...] = (
        "openid",
        "profile",
    )
    role_claim: str = ""
    roles: dict[str, Role] = {}
    create_accounts: bool = False
    name_claim: str = "preferred_username"
    label: Text | None = None
    local: bool = True

    @model_validator(mode="before")
    @classmethod
    def _secret_is_elsewhere(cls, given: object) -> object:
        if isinstance(given, dict) and any("secret" in str(key).lower() for key in given):
            raise ValueError(
                f"the client's secret does not belong in this file: take it out, renew it at the "
                f"provider, and set {SECRET}, or {SECRET_FILE} to the path of a file with it"
            )
        return given

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if urlsplit(self.issuer).query:
            raise ValueError("issuer has no query")
        if "openid" not in self.scopes:
            raise ValueError('scopes hold "openid"')
        if bool(self.role_claim) is not bool(self.roles):
            raise ValueError("role_claim and the table roles go together")
        if self.create_accounts and not self.roles:
            raise ValueError("create_accounts needs role_claim and roles: they say who may come in")
        if self.label is not None and not (self.label.zh.strip() and self.label.en.strip()):
            raise ValueError("label is empty")
        return self

    def subject(self, sub: str) -> str:
        """What an account is linked by: another provider's `sub` may be another person.

        Raises:
            ConfigError: No provider calls anybody by such a `sub`.
        """
        if not (sub.isascii() and sub.isprintable() and 1 <= len(sub) <= _LONGEST_SUBJECT):
            raise ConfigError(
                "a subject is the claim `sub` of the provider: 1 to 255 printable ASCII characters"
            )
        return f"{self.issuer} {sub}"


def secret() -> str:
    """The client's secret.

    Raises:
        ConfigError: Neither environment nor file holds one, or it could be guessed.
    """
    found = os.environ.get(SECRET, "")
    if not found and (file := os.environ.get(SECRET_FILE)):
        try:
            found = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{SECRET_FILE}: {file} cannot be read as text") from error
    if len(found) < _LEAST or not (found.isascii() and found.isprintable()):
        raise ConfigError(
            f"[web.oidc] needs the client's secret: set {SECRET}, or {SECRET_FILE} to the path of "
            f"a file with it; {_LEAST} printable ASCII characters or more, and never in risk.toml"
        )
    return found
