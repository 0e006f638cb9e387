"""The sections of workbench, ties, letters and model card of a first `risk.toml`, commented out.

One comment sign off a line turns it on: a setting carries one, prose carries two. What the settings
mean belongs to `risk.desk`, `pipelines.review.settings`, `pipelines.config`, `risk.notice` and
`pipelines.card`.
"""

from collections.abc import Iterator, Mapping

from features.language import Language, catalogue

_BOTH = '{zh = "…", en = "…"}'
_WIDTH = 52  # of a setting before its comment
_SECTIONS: Mapping[str, Mapping[str, str]] = {
    "review": {
        "amount": '"…"',
        "product": '"…"',
        "second_above": "200000",
        "second_for_overrides": "true",
        "hours": "24",
        "doubling_hours": "24",
        "first_view": "false",
        "most_held": "20",
    },
    "web": {
        "hosts": "[]",
        "idle_minutes": "30",
        "session_hours": "12",
        "address": '""',
        "reports": '"reports"',
    },
    "ties": {
        "state": '"ties"',
        "alarm_from": "2",
        "again": "10",
    },
    "notice": {
        "lender": _BOTH,
        "contact": _BOTH,
        "law": '"none"',
        "review_days": "30",
    },
    "card": {
        "purpose": _BOTH,
        "intended_use": _BOTH,
        "out_of_scope": _BOTH,
        "owner": _BOTH,
        "contact": _BOTH,
    },
}


def draft_review(language: Language) -> list[str]:
    """The sections' lines; with one `#` off each they are TOML that `RunConfig` takes.

    Args:
        language: Language of the comments.

    Example:
        >>> [line for line in draft_review("en") if line.startswith("# [")]
        ['# [review]', '# [web]', '# [ties]', '# [notice]', '# [card]']
    """
    return [line for section in _SECTIONS for line in _lines(section, language)][:-1]


def _lines(section: str, language: Language) -> Iterator[str]:
    texts = catalogue("pipelines")
    yield f"## {texts.text(language, f'config.{section}')}"
    yield f"# [{section}]"
    for name, value in _SECTIONS[section].items():
        setting = f"# {name} = {value}"
        yield f"{setting:<{_WIDTH}} # {texts.text(language, f'config.{section}.{name}')}"
    yield ""
