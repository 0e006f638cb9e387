"""What the store says of a reasoned run comes into its report, and into nothing else."""

from collections import Counter
from datetime import date
from pathlib import Path

from pipelines.backends import Backends
from pipelines.cases import read_cases
from pipelines.manifest import RunManifest
from pipelines.store import Database, Review, ReviewLog, RunStore
from pipelines.validation.people import ELSEWHERE, people_said
from pipelines.validation.reasoned import read_reasoned
from tests.pipelines.validation.passes import Runs


def test_marks_are_told_by_what_the_marked_sentence_is_about(runs: Runs, tmp_path: Path) -> None:
    folder, store = runs.by(Backends.template()), str(tmp_path / "store.db")
    manifest = RunManifest.read(folder)
    record = next(each for each in read_cases(folder) if each.rationale.narrative.sentences)
    sentence = record.rationale.narrative.sentences[0]
    known = {"application_id": record.score.application_id, "reviewer": "r7",
             "evidence_digest": record.rationale.evidence_digest, "action": "mark",
             "comment": f"claim {sentence.claim}", "run_key": manifest.key()}  # fmt: skip
    before = read_reasoned(folder, None, store)
    assert before.marks is None
    with Database.open(store) as database:
        RunStore(database, "loans").begin(manifest.key(), "reason", str(folder), date(2026, 3, 2))
        log = ReviewLog(database)
        for verdict, more in (
            ("right", {}),
            ("wrong", {}),
            ("useless", {"reviewer": "r8"}),
            ("right", {"evidence_digest": "9" * 64}),
            ("right", {"comment": "claim 999"}),
            ("right", {"run_key": "9" * 64}),
        ):
            log.append(Review.model_validate({**known, "reason_code": verdict, **more}))
    read = read_reasoned(folder, None, store)
    assert read.marks is not None
    told = Counter(zip(read.marks["claim_kind"], read.marks["verdict"], strict=True))
    kind = str(sentence.kind)
    assert told == {(kind, "wrong"): 1, (kind, "useless"): 1, (ELSEWHERE, "right"): 2}
    assert read.identity["marks"] != before.identity.get("marks")


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert people_said(str(tmp_path / "store.db"), "a" * 64) == (None, ())
    assert people_said(None, "a" * 64) == (None, ())
    assert not list(tmp_path.iterdir())
