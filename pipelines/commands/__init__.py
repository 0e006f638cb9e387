"""The commands, a file for each kind; importing this registers them."""

from pipelines.commands import (
    auditing,
    building,
    keys,
    nights,
    reviewing,
    showing,
    validating,
    writing,
)

__all__ = [
    "auditing",
    "building",
    "keys",
    "nights",
    "reviewing",
    "showing",
    "validating",
    "writing",
]
