"""An OpenID provider on this machine: whoever comes is logged in already, and its faults are set.

It takes what it is sent as strictly as a good one would: client, redirect address, PKCE, and each
code once.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "mingjian", "a secret of thirty characters!"
LASTS_S = 300

Key = RSAKey | ECKey


@cache
def key(name: str) -> RSAKey:
    """A key pair; making one takes a while."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


class Provider:
    """What it would answer, to be changed before somebody comes.

    Attributes:
        claims: What its tokens say beside what all tokens do; None leaves one out.
        keys: Those that it shows.
        signing: The one that it signs with.
        algorithm: How.
        metadata: What it says of itself beside its addresses.
        faults: Path: status and body that are answered there instead.
        asked: Paths that were asked for, in order.
        codes: What codes stand for.
    """

    def __init__(self, issuer: str, clock: Callable[[], datetime]) -> None:
        self.issuer, self._clock = issuer, clock
        self.claims: dict[str, object] = {"sub": "7f3a"}
        self.keys: list[Key] = [key("first")]
        self.signing: Key = key("first")
        self.algorithm = "RS256"
        self.metadata: dict[str, object] = {}
        self.faults: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.token: Callable[[dict[str, object]], str] = self.signed

    def discovery(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/end",
            "id_token_signing_alg_values_supported": ["RS256"],
            **self.metadata,
        }

    def shown(self) -> dict[str, object]:
        return {"keys": [each.as_dict(private=False) for each in self.keys]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser of somebody who is logged in is sent back to."""
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        sent = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(sent)}"

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, object]:
        asked = self.codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        posted = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if authorization != f"Basic {basic}" and not posted:
            return 401, {"error": "invalid_client"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = _encoded(digest)
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form.get("redirect_uri")
        ):
            return 400, {"error": "invalid_grant", "error_description": "who knows 张伟"}
        now = int(self._clock().timestamp())
        said = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + LASTS_S,
            "nonce": asked["nonce"],
            **self.claims,
        }
        claims = {name: value for name, value in said.items() if value is not None}
        token = self.token(claims)
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": token}

    def signed(self, claims: dict[str, object]) -> str:
        header = {"alg": self.algorithm}
        if self.signing.kid:
            header["kid"] = self.signing.kid
        return jwt.encode(header, claims, self.signing, algorithms=[self.algorithm])


def unsigned(claims: dict[str, object], header: dict[str, object]) -> str:
    """A token with an empty signature."""
    return ".".join(_encoded(json.dumps(each).encode()) for each in (header, claims)) + "."


def sealed(claims: dict[str, object], secret: bytes) -> str:
    """A token with a seal that anybody can make who knows the secret."""
    said = unsigned(claims, {"alg": "HS256", "kid": "first"})
    return said + _encoded(hmac.digest(secret, said[:-1].encode(), "sha256"))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@contextmanager
def provider_at_work(clock: Callable[[], datetime]) -> Iterator[Provider]:
    """A provider that answers until the context ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = False
    provider = Provider(f"http://127.0.0.1:{server.server_port}", clock)
    server.provider = provider  # type: ignore[attr-defined]
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        provider: Provider = self.server.provider  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        answers = {
            "/.well-known/openid-configuration": provider.discovery,
            "/keys": provider.shown,
        }
        if self._failed(provider, parts.path):
            return
        if parts.path == "/authorize":
            self._answer(302, b"", provider.authorize(_fields(parts.query)))
        else:
            self._answer(200, json.dumps(answers[parts.path]()).encode())

    def do_POST(self) -> None:
        provider: Provider = self.server.provider  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if self._failed(provider, self.path):
            return
        sent = self.headers.get("authorization", "")
        status, said = provider.redeem(_fields(body), sent)
        self._answer(status, json.dumps(said).encode())

    def _failed(self, provider: Provider, path: str) -> bool:
        provider.asked.append(path)
        fault = provider.faults.get(path)
        if fault is not None:
            self._answer(*fault, "http://127.0.0.1:9/elsewhere" if 300 <= fault[0] < 400 else "")
        return fault is not None

    def _answer(self, status: int, body: bytes, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _fields(query: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(query).items()}
