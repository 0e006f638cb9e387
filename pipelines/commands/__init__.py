"""The commands, a file for each kind; importing this registers them."""

from pipelines.commands import (
    auditing,
    building,
    filing,
    keys,
    nights,
    reviewing,
    showing,
    tying,
    validating,
    writing,
)

__all__ = [
    "auditing",
    "building",
    "filing",
    "keys",
    "nights",
    "reviewing",
    "showing",
    "tying",
    "validating",
    "writing",
]
