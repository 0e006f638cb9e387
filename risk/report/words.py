"""Words of the report's catalogue with their slots filled, in both languages."""

from features.language import LANGUAGES, Text, catalogue


def worded(key: str, **values: object) -> Text:
    """A word with its slots filled; a slot given as a `Text` is filled by its language.

    Raises:
        KeyError: The catalogue has none of this key, or a slot is left open.

    Example:
        >>> worded("target", name="flag", bad="1", good=Text(zh="零", en="nought")).en
        'flag: 1 is bad, nought is good'
    """
    texts = catalogue("risk.report")
    said = {}
    for language in LANGUAGES:
        filled = {k: v.in_(language) if isinstance(v, Text) else v for k, v in values.items()}
        said[language] = texts.text(language, f"word.{key}", **filled)
    return Text(**said)
