"""ID tokens: signed by the provider, for us, now, and for the log-in that was begun."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet

from pipelines.review.oidc.errors import LogInFailedError, ProviderAwayError, UnknownKeyError

ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519",
)  # fmt: skip
"""What a token may be signed by: never by nothing, nor by a secret that both sides know."""
LEEWAY_S: Final = 60
"""How far the provider's clock and ours may be apart."""
_PUBLIC = ("RSA", "EC", "OKP")

Claims = Mapping[str, object]


class Expected(NamedTuple):
    """What a token has to fit.

    Attributes:
        issuer: Who made it.
        client_id: Whom it is for.
        nonce: Which log-in it is for.
        access_token: What came with it; empty where nothing did.
        begun_at: When the log-in began, in seconds since 1970.
        now: What time it is, in the same unit.
    """

    issuer: str
    client_id: str
    nonce: str
    access_token: str
    begun_at: int
    now: int


def keys_of(jwks: Mapping[str, object]) -> KeySet:
    """The public keys of a provider; those that we know no use for are passed over.

    Raises:
        ProviderAwayError: There is none that could have signed anything.
    """
    listed = jwks.get("keys")
    keys = []
    for each in listed if isinstance(listed, list) else []:
        if isinstance(each, dict) and each.get("kty") in _PUBLIC and each.get("use") != "enc":
            try:
                keys.append(JWKRegistry.import_key(each))
            except (JoseError, ValueError, TypeError, KeyError):
                continue
    if not keys:
        raise ProviderAwayError("the provider shows no key that a token could be signed with")
    return KeySet(keys)


def claims_of(id_token: object, keys: KeySet, expected: Expected) -> Claims:
    """What a token says, as far as all of it holds.

    Raises:
        UnknownKeyError: It is signed with none of the keys.
        LogInFailedError: Anything else about it is wrong.
    """
    try:
        token = jwt.decode(_text(id_token), keys, algorithms=ALGORITHMS)
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": expected.issuer},
                "aud": {"essential": True, "value": expected.client_id},
                "sub": {"essential": True},
            },
            {
                "nonce": expected.nonce,
                "client_id": expected.client_id,
                "access_token": expected.access_token,
            },
        )
        claims.validate(now=expected.now, leeway=LEEWAY_S)
    except InvalidKeyIdError as error:
        raise UnknownKeyError("the token is signed with a key that nobody knows") from error
    except (JoseError, ValueError, TypeError) as error:
        raise LogInFailedError(f"the token does not hold: {type(error).__name__}") from error
    if token.claims["iat"] < expected.begun_at - LEEWAY_S:
        raise LogInFailedError("the token is older than the log-in")
    return token.claims


def _text(id_token: object) -> str:
    if not isinstance(id_token, str):
        raise LogInFailedError("there is no ID token")
    return id_token
