"""The case file as a record: it survives JSON, and a changed copy is another file."""

from risk.casefile import CaseFile
from tests.risk.test_filing import case


def test_the_case_survives_json() -> None:
    assert CaseFile.model_validate_json(case().model_dump_json()) == case()


def test_a_changed_copy_has_its_own_digest_and_index() -> None:
    made = case()
    assert made.by_id
    copy = made.model_copy(update={"facts": made.facts[:1]})
    assert copy.digest != made.digest
    assert list(copy.by_id) == ["F1"]
