"""Why somebody whom the provider should know does not come in; pages tell of it by `why`."""

from typing import ClassVar

from features.errors import ScorerError


class OidcError(ScorerError):
    """A log-in by the provider has failed.

    Attributes:
        status: HTTP status of the page that says so.
        why: What follows `oidc.` in the keys of its words.
        subject: Whom the provider named, where the page has to say it.
    """

    status: ClassVar[int] = 401
    why: ClassVar[str] = "failed"
    subject = ""


class LogInFailedError(OidcError):
    """It was begun elsewhere or too long ago, or what came back does not hold."""


class UnknownKeyError(LogInFailedError):
    """A token is signed with a key that the provider has not shown yet."""


class ProviderAwayError(OidcError):
    """The provider does not answer, or not as providers do."""

    status, why = 503, "away"


class NoAccountError(OidcError):
    """The provider knows the person, and nobody here does."""

    status, why = 403, "no-account"

    def __init__(self, message: str, subject: str) -> None:
        super().__init__(message)
        self.subject = subject


class ShutAccountError(OidcError):
    """The person's account has been disabled."""

    status, why = 403, "shut"


class NoRoleError(OidcError):
    """The person is in none of the groups that have a role here."""

    status, why = 403, "no-role"
