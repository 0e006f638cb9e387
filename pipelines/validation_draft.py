"""The validation section of a first `risk.toml`, commented out: every limit as it is by default.

One comment sign off a line turns it on: a setting carries one, prose carries two. What the limits
mean belongs to `risk.report.limits`.
"""

import json
from collections.abc import Iterator

from features.language import Language, catalogue
from risk.report.document import Limits
from risk.report.limits import ValidationLimits

_WIDTH = 52  # of a setting before its comment


def draft_validation(language: Language) -> list[str]:
    """The section's lines; with one `#` off each they are TOML that `RunConfig` takes.

    Args:
        language: Language of the comments.

    Example:
        >>> [line for line in draft_validation("en") if "[" in line[:4]]
        ['# [validation]']
    """
    prose = catalogue("pipelines").text(language, "config.validation")
    return [f"## {prose}", "# [validation]", *_settings(language)]


def _settings(language: Language) -> Iterator[str]:
    texts = catalogue("pipelines")
    for name, value in ValidationLimits():
        setting = f"# {name} = {_toml(value)}"
        yield f"{setting:<{_WIDTH}} # {texts.text(language, f'config.validation.{name}')}"


def _toml(value: object) -> str:
    """A limit as TOML writes it."""
    if isinstance(value, Limits):
        return f"{{amber = {value.amber:g}, red = {value.red:g}}}"
    return json.dumps(value)
