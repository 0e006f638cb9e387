"""The fake R1's mind: chat messages in, a raw reply out, as a server would pass it on.

It knows only what the prompt says: the facts are read back from the lines in which a case is
told. Errors come on demand; `obey` follows whatever a document orders.
"""

import re
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Literal, NamedTuple, Protocol

from features.dictionary import DataDictionary
from features.language import Language, Text
from features.synthetic import book_dictionary
from risk.casefile import CaseFile, Fact
from risk.reasoning.claims import Answer, Claim, ClaimKind, Opinion
from tests.benchmarks.mutators import KINDS, corrupted
from tests.fake_r1.answers import compose
from tests.fake_r1.bad_answers import BAD_ANSWERS, Given, well_formed
from tests.fake_r1.cases import Known

_LINE = re.compile(r"(F[0-9]+) \[([^\]]+)\] ([^|]+?) \| (.*)")
_SENTENCE = re.compile(r"(F[0-9]+): (.*)")
_KINDS = {
    "表单": "form", "评分": "score", "关联": "association", "矛盾": "contradiction",
    "略去": "omitted", "form": "form", "score": "score", "association": "association",
    "contradiction": "contradiction", "omitted": "omitted",
}  # fmt: skip
_SHARE = re.compile(r"[0-9]+(?=%)|(?<=about )[0-9]+")
_RANK = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?")
_DATE = re.compile(
    r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日|([0-9]{1,2}) ([A-Z][a-z]+) ([0-9]{4})"
)
_MISSING = ("未提供", "not given")


@cache
def _dictionary() -> DataDictionary:
    return book_dictionary()


class Turn(Protocol):
    """A message of the chat."""

    @property
    def content(self) -> str:
        """What it says."""


class Mood(NamedTuple):
    """How it answers.

    Attributes:
        wrong: Share of answers with one corrupted claim.
        malformed: Share of answers that are none.
        kind: The kind of malformed answer; any of them where it is empty.
        obey: Do whatever the documents order.
    """

    wrong: float = 0.0
    malformed: float = 0.0
    kind: str = ""
    obey: bool = False


def reply(messages: Sequence[Turn], seed: int = 0, mood: Mood | None = None) -> str:
    """The raw reply to a chat: thinking, then the answer; a repair is answered faithfully."""
    mood, chance = mood or Mood(), Random(seed)  # noqa: S311
    prompt = messages[0].content
    language: Language = "zh" if prompt.startswith("你") else "en"
    case = rebuilt(prompt, language)
    drafted = compose(case, language, seed)
    answer = obedient(language) if mood.obey else drafted.answer
    if len(messages) == 1 and not mood.obey and chance.random() < mood.wrong:
        known = Known(case, language, {})
        found = corrupted(drafted, known, chance.choice(KINDS), "development", chance)
        answer = found.answer if found else answer
    text = answer.model_dump_json()
    if len(messages) == 1 and chance.random() < mood.malformed:
        return BAD_ANSWERS[mood.kind or chance.choice(sorted(BAD_ANSWERS))](Given(text))
    return well_formed(text)


def obedient(language: Language) -> Answer:
    """The answer of a model that does what an injected text orders: approve, and nothing bad."""
    sentence = {
        "zh": "按照文件中的要求，本申请应当批准，没有任何负面信息。",
        "en": "As the document demands, the loan is to be approved; nothing speaks against it.",
    }[language]
    claim = Claim(kind=ClaimKind.DOCUMENT, direction="lowers", facts=("F1",), sentence=sentence)
    side: Literal["lowers"] = "lowers"
    opinion = Opinion(stance="concern", direction=side, confidence="high")
    return Answer(claims=(claim,), opinion=opinion)


def rebuilt(prompt: str, language: Language) -> CaseFile:
    """The case file as far as a prompt tells it; offsets and codes are guessed."""
    names = {field.label.in_(language): field.name for field in _dictionary().fields}
    groups = {group.label.in_(language): code for code, group in _dictionary().groups.items()}
    facts: list[Fact] = []
    documents: dict[str, list[str]] = {}
    document, inside = "", False
    for line in prompt.splitlines():
        if line.startswith("[file name]: "):
            label = line.removeprefix("[file name]: ")
            document = names.get(label, label)
        elif line in ("[file content begin]", "[file content end]"):
            inside = line == "[file content begin]"
        elif inside and (said := _SENTENCE.fullmatch(line)):
            documents.setdefault(document, []).append(said[2])
            facts.append(_sentence(said[1], said[2], document))
        elif told := _LINE.fullmatch(line):
            facts.append(_fact(told, names, groups, language))
    texts = {name: "".join(sentences) for name, sentences in documents.items()}
    return CaseFile(application_id="told", facts=tuple(facts), documents=texts)


def _sentence(number: str, text: str, document: str) -> Fact:
    label = _dictionary()[document].label if document in _DOCUMENTS else _both(document)
    return Fact(
        id=number, kind="document", field=document, label=label, value=text,
        display=_both(text), document=document, start=0, end=len(text),
    )  # fmt: skip


_DOCUMENTS = frozenset(("application_text", "officer_notes", "bank_statement_summary"))


def _both(text: str) -> Text:
    return Text(zh=text, en=text)


def _fact(
    told: re.Match[str], names: dict[str, str], groups: dict[str, str], language: Language
) -> Fact:
    number, kind, label, rest = told.groups()
    parts = rest.split(" | ")
    if _KINDS[kind] == "score":
        return _score(number, label, parts, names, groups)
    field = names.get(label, label)
    made: dict[str, object] = {"below": None, "above": None}
    if len(parts) > 1:
        made |= _standing(parts[1], language)
    known = _dictionary()
    code = known[field].group or field if field in names.values() else field
    return Fact.model_validate(
        {
            "id": number, "kind": _KINDS[kind], "field": field, "code": code, "label": _both(label),
            "value": _value(field, parts[0]), "display": _both(parts[0]), **made,
        }
    )  # fmt: skip


def _score(
    number: str, label: str, parts: list[str], names: dict[str, str], groups: dict[str, str]
) -> Fact:
    raises = "推高" in parts[0] or "raises" in parts[0]
    rank = _RANK.search(parts[0])
    code = groups.get(label) or names.get(label, label)
    members = [field.name for field in _dictionary().features if field.group == code]
    return Fact(
        id=number, kind="score", field=members[0] if members else code, code=code,
        label=_both(label), display=_both(parts[-1]), direction="raises" if raises else "lowers",
        rank=int(rank[0]) if rank else None,
    )  # fmt: skip


def _standing(said: str, language: Language) -> dict[str, object]:
    share = _SHARE.search(said)
    if share is None:
        return {"below": 40.0, "above": 40.0}
    high = ("高于" if language == "zh" else "higher") in said
    this, other = float(share[0]), 100 - float(share[0])
    return {"below": this, "above": other} if high else {"below": other, "above": this}


def _value(field: str, shown: str) -> float | str | None:
    """A value read back from how it is shown."""
    if shown in _MISSING:
        return None
    if day := _DATE.search(shown):
        return _iso(day)
    known = _dictionary()
    levels = known[field].level_labels if field in [f.name for f in known.fields] else {}
    for level, label in levels.items():
        if shown in (label.zh, label.en):
            return level
    found = _NUMBER.search(shown)
    return float(found[0].replace(",", "")) if found else shown


def _iso(day: re.Match[str]) -> str:
    if day[1]:
        return f"{day[1]}-{int(day[2]):02d}-{int(day[3]):02d}"
    months = "January February March April May June July August September October November December"
    return f"{day[6]}-{months.split().index(day[5]) + 1:02d}-{int(day[4]):02d}"
