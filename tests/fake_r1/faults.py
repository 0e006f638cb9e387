"""What may go wrong with a server, on demand: which fault meets which request.

A plan is a function from the request's number (from 0, in order of arrival) to a fault or None.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "hang",  # takes the request and never answers
    "slow",  # answers after `seconds` more
    "status",  # answers with `status` and the error text `body`
    "garbage",  # bytes that are no HTTP at all
    "junk",  # a good status and bytes that are no JSON
    "html",  # a good status and a web page
    "truncated-json",  # a whole HTTP reply whose JSON ends half way
    "drop",  # the connection ends half way through the reply
    "refuse",  # the connection ends before any reply
    "no-choices",  # a completion with an empty list of choices
    "no-message",  # a choice that holds nothing
    "kill",  # the whole server dies
    "endless",  # a body that never stops
]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong."""

    kind: Kind
    seconds: float = 0.0
    status: int = 500
    body: str = "internal error"
    retry_after: str = ""


Plan = Callable[[int], Fault | None]


def status(code: int, body: str = "busy", retry_after: str = "") -> Fault:
    """A reply of that status."""
    return Fault("status", status=code, body=body, retry_after=retry_after)


def never(_: int) -> Fault | None:
    """Nothing goes wrong."""
    return None


def always(fault: Fault) -> Plan:
    """The same for every request."""
    return lambda _: fault


def at(faults: Mapping[int, Fault]) -> Plan:
    """Faults for the requests of these numbers."""
    return faults.get


def first(requests: int, fault: Fault) -> Plan:
    """The first requests fail, all others are answered."""
    return lambda number: fault if number < requests else None


def after(requests: int, fault: Fault) -> Plan:
    """The first requests are answered, all others fail."""
    return lambda number: fault if number >= requests else None


def now_and_then(share: float, faults: Sequence[Fault], seed: int = 0) -> Plan:
    """A share of all requests, each with one of the faults, drawn at random."""
    drawn = random.Random(seed)  # noqa: S311 - a plan for a test

    def plan(_: int) -> Fault | None:
        return drawn.choice(faults) if drawn.random() < share else None

    return plan
