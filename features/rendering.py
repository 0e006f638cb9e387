"""A data dictionary as TOML that a person can edit.

`DataDictionary.parse(render(d)) == d` for every dictionary; keys at their default are left out.
"""

from collections.abc import Iterable, Mapping

import tomlkit
from tomlkit.items import Array, InlineTable, String, Table

from features.checks_spec import CrossCheck
from features.dictionary import DataDictionary, Field, Group
from features.language import Language, Text, catalogue

_PLAIN = ("unit", "group", "unseen", "personal", "direction", "changeable", "key")
_NUMBERS = ("low", "high", "hub_above")
_LISTS = ("levels", "bad", "good")


def render(dictionary: DataDictionary, language: Language = "en", *, drafted: bool = False) -> str:
    """The dictionary as TOML: one `[fields."NAME"]` table each.

    Args:
        dictionary: What to write.
        language: Language of the comments.
        drafted: Whether to open with what a person should do with a draft.
    """
    document = tomlkit.document()
    if drafted:
        for line in catalogue("features").text(language, "draft.header").strip().splitlines():
            document.add(tomlkit.comment(line))
        document.add(tomlkit.nl())
    document.add("name", tomlkit.string(dictionary.name))
    document.add("currency", tomlkit.string(dictionary.currency))
    document.add("missing", _array(dictionary.missing))
    if dictionary.groups:
        document.add("groups", _groups(dictionary.groups))
    if dictionary.checks:
        checks = tomlkit.table(is_super_table=True)
        for key, check in dictionary.checks.items():
            checks.add(key, _check(check))
        document.add("checks", checks)
    document.add("fields", _fields(dictionary.fields))
    return tomlkit.dumps(document)


def entries(groups: Mapping[str, Group], fields: Iterable[Field]) -> str:
    """Groups and fields as TOML that can be appended to a dictionary."""
    document = tomlkit.document()
    document.add("groups", _groups(groups))
    document.add("fields", _fields(fields))
    return tomlkit.dumps(document)


def _groups(groups: Mapping[str, Group]) -> Table:
    table = tomlkit.table(is_super_table=True)
    for key, group in groups.items():
        table.add(key, _group(group))
    return table


def _fields(fields: Iterable[Field]) -> Table:
    table = tomlkit.table(is_super_table=True)
    for field in fields:
        table.add(field.name, _field(field))
    return table


def _field(field: Field) -> Table:
    table = tomlkit.table()
    table.add("role", tomlkit.string(field.role.value))
    table.add("type", tomlkit.string(field.type))
    table.add("label", _text(field.label))
    for key in _NUMBERS:
        if (bound := getattr(field, key)) is not None:
            table.add(key, tomlkit.item(bound))
    for key in _LISTS:
        if listed := getattr(field, key):
            table.add(key, _array(listed))
    for key in _PLAIN:
        if (value := getattr(field, key)) != Field.model_fields[key].default:
            table.add(key, tomlkit.string(value))
    _add_the_rest(table, field)
    if field.review:
        table.add("review", _array(field.review, lines=True))
    table.add(tomlkit.nl())
    return table


def _add_the_rest(table: Table, field: Field) -> None:
    for key in ("level_labels", "special"):
        if meanings := getattr(field, key):
            inline = tomlkit.inline_table()
            for code, meaning in meanings.items():
                inline.append(code, _text(meaning))
            table.add(key, inline)
    if field.reason is not None:
        table.add("reason", _text(field.reason))
    if field.required:
        table.add("required", tomlkit.item(field.required))
    if field.formula is not None:
        formula = tomlkit.inline_table()
        formula.append("op", field.formula.op)
        formula.append("of", _array(field.formula.of))
        table.add("formula", formula)


def _group(group: Group) -> Table:
    table = tomlkit.table()
    table.add("label", _text(group.label))
    if group.reason is not None:
        table.add("reason", _text(group.reason))
    table.add(tomlkit.nl())
    return table


def _check(check: CrossCheck) -> Table:
    table = tomlkit.table()
    table.add("label", _text(check.label))
    for key, value in check.model_dump(exclude={"label"}, exclude_defaults=True).items():
        if key == "words":
            words = tomlkit.inline_table()
            for level, phrases in value.items():
                words.append(level, _array(phrases))
            table.add(key, words)
        else:
            table.add(key, _array(value) if isinstance(value, tuple) else tomlkit.item(value))
    table.add(tomlkit.nl())
    return table


def _text(text: Text) -> InlineTable | String:
    if text.zh == text.en:
        return tomlkit.string(text.en)
    both = tomlkit.inline_table()
    both.append("zh", tomlkit.string(text.zh))
    both.append("en", tomlkit.string(text.en))
    return both


def _array(values: Iterable[str], *, lines: bool = False) -> Array:
    array = tomlkit.array()
    for value in values:
        array.append(tomlkit.string(value))
    return array.multiline(lines)
