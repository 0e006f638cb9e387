"""A data dictionary as TOML that a person can edit.

`DataDictionary.parse(render(d)) == d` for every dictionary; keys at their default are left out.
"""

from collections.abc import Iterable

import tomlkit
from tomlkit.items import Array, InlineTable, String, Table

from features.dictionary import DataDictionary, Field, Group
from features.language import Language, Text, catalogue

_PLAIN = ("unit", "group", "unseen", "personal", "direction", "changeable")
_NUMBERS = ("low", "high")
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
        groups = tomlkit.table(is_super_table=True)
        for key, group in dictionary.groups.items():
            groups.add(key, _group(group))
        document.add("groups", groups)
    fields = tomlkit.table(is_super_table=True)
    for field in dictionary.fields:
        fields.add(field.name, _field(field))
    document.add("fields", fields)
    return tomlkit.dumps(document)


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
