"""Ways of asking the fake server, for the tests of the server back end."""

from collections import Counter

from risk.casefile import CaseFile
from risk.reasoning.backends.base import Failed, Failure, Outcome, Request
from risk.reasoning.backends.server import ServerBackend
from risk.reasoning.backends.settings import ServerSettings
from risk.reasoning.reasoner import Rationale
from tests.fake_r1 import faults
from tests.fake_r1.faults import Fault
from tests.fake_r1.server import MODEL, FakeServer

HANG, KILL = Fault("hang"), Fault("kill")
# A server that recovers while a loaded machine sleeps would be no fault at all.
QUICK = {"timeout_s": 30, "connect_timeout_s": 10, "retry_wait_s": 0.01, "retries": 2}
PASSING: list[tuple[Fault, Failure]] = [
    (Fault("refuse"), Failure.UNREACHABLE),
    (Fault("drop"), Failure.UNREACHABLE),
    (Fault("garbage"), Failure.GARBLED),
    (Fault("junk"), Failure.GARBLED),
    (Fault("html"), Failure.GARBLED),
    (Fault("truncated-json"), Failure.GARBLED),
    (Fault("no-choices"), Failure.GARBLED),
    (Fault("no-message"), Failure.GARBLED),
    (Fault("endless"), Failure.GARBLED),
    (faults.status(429), Failure.RATE_LIMITED),
    (faults.status(500), Failure.SERVER_ERROR),
    (faults.status(502, "<html>"), Failure.SERVER_ERROR),
    (faults.status(503), Failure.SERVER_ERROR),
    (faults.status(408), Failure.TIMEOUT),
]


def backend(server: FakeServer, **more: object) -> ServerBackend:
    given = {"url": server.url, "model": MODEL, "profile": "deepseek-r1", "concurrency": 8}
    return ServerBackend(ServerSettings.model_validate({**given, **QUICK, **more}))


def requests(cases: list[CaseFile], to: ServerBackend) -> list[Request]:
    return [Request.of(case, "zh", to.identity) for case in cases]


def codes(made: list[Rationale]) -> Counter[str]:
    return Counter(each.code for each in made)


def failures(outcomes: list[tuple[Request, Outcome]]) -> Counter[str]:
    return Counter(o.code if isinstance(o, Failed) else "" for _, o in outcomes)
