"""The case file: all that may be said about one application, as numbered facts.

It holds neither the PD nor the recommendation, so that an opinion on it is no echo of them, and
no value of a protected field; what a document says of one stays, and no claim may repeat it
(`risk.reasoning.verification`). Its documents are cleaned and redacted before they enter; all
offsets refer to the texts kept in the file and not to the originals. `risk.filing` makes it.
"""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict

from features.language import Text
from risk.reasoning.findings import Finding

FactKind = Literal["form", "score", "association", "contradiction", "document", "omitted"]


class Fact(BaseModel):
    """One numbered fact of a case.

    Attributes:
        id: `F1`, `F2`, ... in the order of the file.
        kind: Where it comes from.
        field: The column; for a score fact the field that leads its code.
        code: The reason code a form or score fact belongs to: its group, or its own field.
        label: What people call it.
        value: The value itself: a number, text or ISO date, or None where it is missing. For
            a score fact its contribution stays out; for a document fact it is the sentence, for
            a contradiction the document's words, or what the parts of a sum come to.
        display: The value as people read it, with its unit.
        below: Percent of development applicants with a smaller value, where there is one.
        above: Percent of development applicants with a larger value.
        direction: Score facts: what it does to the risk.
        rank: Score facts: 1 for the largest of its direction.
        document: Document facts and contradictions: the field of the document.
        start: The same: offset of the first character in `CaseFile.documents`.
        end: The same: offset just past the last character.
        suspect: Document and omitted facts: seems to give orders to its reader.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: FactKind
    field: str
    label: Text
    code: str = ""
    value: float | str | None = None
    display: Text
    below: float | None = None
    above: float | None = None
    direction: Literal["raises", "lowers", ""] = ""
    rank: int | None = None
    document: str = ""
    start: int | None = None
    end: int | None = None
    suspect: bool = False

    @property
    def percentile(self) -> float | None:
        """Standing among development applicants, in [0, 100]; those with the same value halved."""
        if self.below is None or self.above is None:
            return None
        return (self.below + 100 - self.above) / 2


class CaseFile(BaseModel):
    """The facts of one case and the documents they quote.

    Attributes:
        application_id: The application.
        facts: Form, score, association, contradiction and document facts, and what was omitted,
            numbered in this order.
        documents: Cleaned and redacted text of each document by field, of a paper by its name;
            offsets refer to it.
        findings: What speaks against its documents, such as suspected instructions.
        protected: Names of protected attributes, which no claim may use; never their values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    application_id: str
    facts: tuple[Fact, ...]
    documents: dict[str, str]
    findings: tuple[Finding, ...] = ()
    protected: tuple[Text, ...] = ()

    def model_copy(
        self, *, update: Mapping[str, object] | None = None, deep: bool = False
    ) -> "CaseFile":
        """A file with other contents; pydantic's own would keep the old digest and index."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate({**fields, **(update or {})})

    @cached_property
    def by_id(self) -> Mapping[str, Fact]:
        """The facts by their ids."""
        return {fact.id: fact for fact in self.facts}

    def of_kind(self, *kinds: FactKind) -> tuple[Fact, ...]:
        """Facts of the kinds, in order."""
        if kinds not in self._of_kinds:
            self._of_kinds[kinds] = tuple(fact for fact in self.facts if fact.kind in kinds)
        return self._of_kinds[kinds]

    @cached_property
    def _of_kinds(self) -> dict[tuple[FactKind, ...], tuple[Fact, ...]]:
        return {}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything in the file."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
