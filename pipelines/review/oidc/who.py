"""The account of whom the provider names: found by subject alone, never by name or address."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pipelines.errors import ConfigError
from pipelines.review import accounts
from pipelines.review.oidc.errors import NoAccountError, NoRoleError, ShutAccountError
from pipelines.review.oidc.id_token import Claims
from pipelines.review.oidc.settings import OidcSettings
from pipelines.store.people import NameTakenError, People, User
from risk.desk import Role

logger = logging.getLogger(__name__)


def account_of(people: People, settings: OidcSettings, claims: Claims) -> User:
    """The user who may come in; with the role that the provider gives, where it gives roles.

    Args:
        people: The users.
        settings: What the provider's people may do here.
        claims: What a token says that holds.

    Raises:
        NoAccountError: Nobody has that subject, and no account is made.
        ShutAccountError: The account has been disabled.
        NoRoleError: The provider gives roles, and none to this person.
    """
    sub = str(claims["sub"])
    subject = _linked(settings, sub)
    user = people.of_subject(subject)
    if user is not None and not user.active:
        raise ShutAccountError("the account has been disabled")
    if user is None and not settings.create_accounts:
        raise NoAccountError("nobody has that subject", sub)
    role = _role(settings, claims) if settings.roles else None
    if user is None:
        assert role is not None, "accounts are made where there are roles"  # noqa: S101 - settings
        return _made(people, settings, claims, role)
    if role is None or role is user.role:
        return user
    logger.info("log-in by the provider: %s is %s now", user.name, role)
    people.set_role(user.name, role)
    return replace(user, role=role)


def _linked(settings: OidcSettings, sub: str) -> str:
    try:
        return settings.subject(sub)
    except ConfigError as error:
        raise NoAccountError("no account can have that subject", "") from error


def _role(settings: OidcSettings, claims: Claims) -> Role:
    groups = frozenset(_groups(claims, settings.role_claim))
    for group, role in settings.roles.items():
        if group in groups:
            return role
    raise NoRoleError("the person is in no group that has a role")


def _groups(claims: Claims, claim: str) -> Iterator[str]:
    """What a claim holds: one text or a list of them.

    Example:
        >>> list(_groups({"realm_access": {"roles": ["seniors", 7]}}, "realm_access.roles"))
        ['seniors']
    """
    found: object = claims.get(claim)
    if found is None:
        found = claims
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    listed = found if isinstance(found, list) else [found]
    return (each for each in listed if isinstance(each, str))


def _said(claims: Claims, claim: str) -> str:
    found = claims.get(claim)
    return found if isinstance(found, str) else ""


def _made(people: People, settings: OidcSettings, claims: Claims, role: Role) -> User:
    """A new account; whoever has such a name already keeps it, and has to be linked by hand."""
    sub = str(claims["sub"])
    subject = settings.subject(sub)
    name, display = _said(claims, settings.name_claim), _said(claims, "name")
    try:
        accounts.add_known(people, accounts.Account(name, role, display), subject)
    except (ConfigError, NameTakenError) as error:
        # Another window of the same person may have been a moment earlier.
        if (user := people.of_subject(subject)) is None or not user.active:
            raise NoAccountError("no account of that name can be made", sub) from error
        return user
    user = people.of_subject(subject)
    assert user is not None, "it was added a moment ago"  # noqa: S101 - see above
    logger.info("log-in by the provider: %s was added as %s", user.name, role)
    return user
