"""The delivered list of rejected rows, counted."""

import csv
from collections import Counter
from pathlib import Path


def broken_rules(path: Path) -> Counter[tuple[str, str]]:
    """Lines of a `rejects.csv` by field and rule; a row that breaks several has several."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return Counter((line["field"], line["rule"]) for line in csv.DictReader(file))
