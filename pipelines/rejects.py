"""The delivered list of rejected rows, counted, and its rules and fields in words."""

import csv
from collections import Counter
from pathlib import Path

from features.dictionary import DataDictionary
from features.language import Text, catalogue


def broken_rules(path: Path) -> Counter[tuple[str, str]]:
    """Lines of a `rejects.csv` by field and rule; a row that breaks several has several."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return Counter((line["field"], line["rule"]) for line in csv.DictReader(file))


def rule_named(rule: str) -> Text:
    """A broken rule as people call it."""
    known = catalogue("features").texts.get(f"rule.{rule}")
    return known or catalogue("pipelines").texts.get(f"source.{rule}") or Text(zh=rule, en=rule)


def field_named(name: str, dictionary: DataDictionary) -> Text:
    """A field as people call it; its own name where the dictionary does not know it."""
    labels = {field.name: field.label for field in dictionary.fields}
    return labels.get(name) or Text(zh=name, en=name)
