"""Faithful answers as R1 gives them: true to the case file and to the rules of the prompt.

The patterns come from one half of the phrases; which controlled words suit a fact (its level, its
rank, its direction) is decided here, from the fact.
"""

import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from features.language import Language
from risk.casefile import CaseFile, Fact
from risk.reasoning.claims import ClaimKind, Confidence, Direction, NoOpinion, Opinion, Quote
from tests.fake_r1.drafts import Draft, Drafted, fits
from tests.fake_r1.phrases import Half, controlled, patterns, places, topic_of, words
from tests.fake_r1.planted import Contradiction, contradictions

DURATIONS = frozenset({"term_months", "employment_months", "credit_history_months"})
COUNTS = frozenset(
    {"overdue_count_24m", "credit_inquiries_3m", "credit_inquiries_6m", "card_count", "loan_count"}
    | {"guarantee_count"}
)
HIGH = 65.0
_NUMERALS = re.compile(
    r"[0-9０-９〇零一二三四五六七八九十百千万亿两半]|\b(?:one|two|three|four|six|half|twice|first|third|"
    r"second|once)\b",
    re.I,
)
_TRIES = 12
_SCORED = (ClaimKind.SCORE_DRIVER, ClaimKind.COUNTER)


def compose(
    case: CaseFile,
    language: Language,
    seed: int,
    half: Half = "development",
    truth: Mapping[str, Any] | None = None,
) -> Drafted:
    """A faithful answer on a case; the same arguments give the same answer."""
    return _Mind(case, language, Random(seed), half).drafted(truth or {})  # noqa: S311


class _Mind:
    """What writes one answer."""

    def __init__(self, case: CaseFile, language: Language, chance: Random, half: Half) -> None:
        self._case, self._language, self._chance, self._half = case, language, chance, half
        self._words, self._controlled = words(language, half), controlled(language)
        self._form = {fact.field: fact for fact in case.of_kind("form")}
        self._planted = list(contradictions(case))
        self._used: set[str] = set()

    def drafted(self, truth: Mapping[str, Any]) -> Drafted:
        """The whole answer."""
        scored = self._case.of_kind("score")
        raising = [fact for fact in scored if fact.direction == "raises"]
        lowering = [fact for fact in scored if fact.direction == "lowers"]
        main, other = (raising, lowering) if raising else (lowering, [])
        drafts = [*self._drivers(main), *self._drivers(other[1:])]
        drafts += self._contradicting()
        drafts += self._documents()
        drafts += [self._association(fact) for fact in self._case.of_kind("association")]
        drafts += self._missing()
        if other:
            drafts.append(self._on_score(ClaimKind.COUNTER, other[0], None))
        kept = [draft for draft in drafts if draft is not None][:16]
        return Drafted(tuple(kept), tuple(self._questions()), self._opinion(truth, raising))

    # --- score ---------------------------------------------------------------------------------

    def _drivers(self, facts: list[Fact]) -> Iterator[Draft | None]:
        how_many = self._chance.randint(1, max(1, min(3, len(facts))))
        for at, fact in enumerate(facts[:how_many]):
            lesser = facts[at + 1] if at + 1 < len(facts) else None
            yield self._on_score(ClaimKind.SCORE_DRIVER, fact, lesser)

    def _on_score(self, kind: ClaimKind, score: Fact, lesser: Fact | None) -> Draft | None:
        value = self._value_of(score)
        if value is None:
            return None
        roles = {"S": score, "V": value}
        second = self._value_of(lesser) if lesser is not None else None
        if lesser is not None and second is not None and second.value is not None:
            roles |= {"T": lesser, "W": second}
        if value.value is None:
            roles = {"S": score, "M": value}
        direction: Direction = "raises" if score.direction == "raises" else "lowers"
        return self._draft(kind, direction, roles)

    def _value_of(self, score: Fact) -> Fact | None:
        """The form's fact behind a score fact: its leading field, or another of its group."""
        own = self._form.get(score.field)
        if own is not None and self._chance.random() < 0.8:
            return own
        group = [f for f in self._form.values() if f.code == score.code and f.value is not None]
        return self._chance.choice(group) if group else own

    # --- documents -----------------------------------------------------------------------------

    def _documents(self) -> Iterator[Draft | None]:
        told = [fact for fact in self._case.of_kind("document") if self._worth(fact)]
        chosen = self._chance.sample(told, min(len(told), self._chance.randint(1, 4)))
        for fact in sorted(chosen, key=lambda one: int(one.id[1:])):
            yield self._document(fact)

    def _worth(self, fact: Fact) -> bool:
        return not fact.suspect and len(str(fact.value)) > 6

    def _document(self, fact: Fact) -> Draft | None:
        topic = topic_of(str(fact.value), self._language)
        direction: Direction = topic.direction if topic else "neutral"
        return self._draft(ClaimKind.DOCUMENT, direction, {"D": fact})

    def _contradicting(self) -> Iterator[Draft | None]:
        for one in self._planted:
            yield self._contradiction(one)

    def _contradiction(self, one: Contradiction) -> Draft | None:
        roles = {"D": one.document}
        if one.form is not None:
            roles["V"] = one.form
        if one.other is not None:
            roles["E"] = one.other
        return self._draft(ClaimKind.CONTRADICTION, "raises", roles)

    # --- the rest ------------------------------------------------------------------------------

    def _association(self, fact: Fact) -> Draft | None:
        direction: Direction = self._chance.choice(["raises", "raises", "neutral"])
        return self._draft(ClaimKind.ASSOCIATION, direction, {"A": fact})

    def _missing(self) -> Iterator[Draft | None]:
        gone = [fact for fact in self._case.of_kind("form") if fact.value is None]
        known = [
            f for f in self._case.of_kind("form") if f.value is not None and f.below is not None
        ]
        self._chance.shuffle(gone)
        if gone:
            roles = {"M": gone[0]} | ({"N": gone[1]} if len(gone) > 1 else {})
            yield self._draft(ClaimKind.MISSING_INFORMATION, "neutral", roles)
        elif known and self._chance.random() < 0.7:
            roles = {"V": self._chance.choice(known)}
            yield self._draft(ClaimKind.MISSING_INFORMATION, "neutral", roles)

    def _questions(self) -> Iterator[str]:
        form, told = self._case.of_kind("form"), self._case.of_kind("document")
        roles = {
            "V": self._some([f for f in form if f.value is not None]),
            "M": self._some([f for f in form if f.value is None]),
            "D": self._some([f for f in told if self._worth(f)]),
        }
        known = {name: fact for name, fact in roles.items() if fact is not None}
        chosen = self._chance.sample(patterns("question", self._language, self._half), 3)
        fills = self._slots(known)
        for pattern in chosen:
            text = pattern.replace("{D}", fills.get("D", "<D>"))
            if places(text) <= set(fills):
                draft = Draft(
                    ClaimKind.DOCUMENT, "neutral", text, fills, (), {}, (), self._language
                )
                if fits(draft.sentence, self._case, (), self._language):
                    yield draft.sentence

    def _some(self, facts: list[Fact]) -> Fact | None:
        return self._chance.choice(facts) if facts else None

    def _opinion(self, truth: Mapping[str, Any], raising: list[Fact]) -> Opinion | NoOpinion:
        mood = truth.get("mood", "neutral")
        sure: Confidence = self._chance.choice(["low", "medium", "high"])
        if not self._case.documents:
            return NoOpinion(no_opinion="too-little-information")
        if self._planted or mood == "poor":
            return Opinion(stance="concern", direction="raises", confidence=sure)
        if mood == "good" and raising:
            return Opinion(stance="concern", direction="lowers", confidence=sure)
        return Opinion(stance="agree", confidence=sure)

    # --- putting a claim together --------------------------------------------------------------

    def _draft(
        self, kind: ClaimKind, direction: Direction, roles: Mapping[str, Fact]
    ) -> Draft | None:
        """A claim in one of the patterns that suit the facts; None where none does."""
        roles = {**roles, "P": self._form["application_date"]}
        for _ in range(_TRIES):
            pattern = self._chance.choice(patterns(kind, self._language, self._half))
            draft = self._in_pattern(pattern, kind, direction, roles)
            if draft is None or draft.sentence in self._used:
                continue
            quotes = tuple(Quote(fact=fact, text=text) for fact, text in draft.quotes)
            if fits(draft.sentence, self._case, quotes, self._language):
                self._used.add(draft.sentence)
                return draft
        return None

    def _in_pattern(
        self, pattern: str, kind: ClaimKind, direction: Direction, roles: Mapping[str, Fact]
    ) -> Draft | None:
        needed = places(pattern)
        fills = {**self._slots(roles), **self._said(direction, roles)}
        quotes = self._quotes(needed, roles, fills, kind)
        if not needed <= set(fills):
            return None
        used = self._roles_of(pattern, fills, roles, kind)
        facts = tuple(dict.fromkeys(roles[name].id for name in used))
        return Draft(
            kind, direction, pattern, {name: fills[name] for name in needed}, facts,
            {name: roles[name].id for name in used}, quotes, self._language,
        )  # fmt: skip

    def _slots(self, roles: Mapping[str, Fact]) -> dict[str, str]:
        found = {}
        for name, fact in roles.items():
            found |= {name: f"{{{fact.id}}}", f"{name}.label": f"{{{fact.id}.label}}"}
            if fact.below is not None:
                found[f"{name}%"] = f"{{{fact.id}.percentile}}"
            if fact.rank is not None:
                found[f"{name}#"] = f"{{{fact.id}.rank}}"
        return found

    def _said(self, direction: Direction, roles: Mapping[str, Fact]) -> dict[str, str]:
        """The words that must agree with the facts, and those that need not."""
        said = {name: self._chance.choice(options) for name, options in self._words.items()}
        said |= {name: self._chance.choice(self._controlled[name]) for name in ("lack", "conflict")}
        said["conflicts"] = said["conflict"] + "s with"
        if direction != "neutral":
            said["moves"] = self._controlled["moves"][direction]
            said["move"] = said["moves"].replace("s the", " the")
        if (score := roles.get("S")) is not None:
            said["rank"] = self._controlled["rank"]["top" if score.rank == 1 else "next"]
        if "V" in roles and (level := self._level(roles["V"])):
            said["level"] = level
        return said

    def _level(self, fact: Fact) -> str:
        """The word for a value that stands clearly high or low; empty for another."""
        if fact.below is None or fact.above is None or max(fact.below, fact.above) < HIGH:
            return ""
        measure = "duration" if fact.field in DURATIONS else "amount"
        measure = "count" if fact.field in COUNTS else measure
        side = "high" if fact.below >= fact.above else "low"
        return str(self._controlled["level"][measure][side])

    def _quotes(
        self,
        needed: set[str],
        roles: Mapping[str, Fact],
        fills: dict[str, str],
        kind: ClaimKind,
    ) -> tuple[tuple[str, str], ...]:
        """Choose how each document sentence is quoted; `fills` gets the words for it."""
        quotes: list[tuple[str, str]] = []
        for place, role in (("q", "D"), ("r", "E")):
            if place not in needed or role not in roles:
                continue
            fact = roles[role]
            whole = kind is ClaimKind.CONTRADICTION  # a part may leave out what differs
            text = self._whole(fact) if whole else self._passage(fact)
            way = self._chance.random()
            if way < 0.3 and kind is ClaimKind.DOCUMENT:
                fills[place] = f"{{{fact.id}}}"
                continue
            quotes.append((fact.id, text))
            literal = way >= 0.8 and not _NUMERALS.search(text)
            fills[place] = f"“{text}”" if literal else f"{{Q{len(quotes)}}}"
        return tuple(quotes)

    def _whole(self, fact: Fact) -> str:
        return str(fact.value).rstrip("。．.；;！!，, ")

    def _passage(self, fact: Fact) -> str:
        """A sentence without its closing mark, or a part of it that can stand alone."""
        whole = self._whole(fact)
        if self._chance.random() < 0.7:
            return whole
        parts = [part.strip() for part in re.split("，|；|, |; ", whole)]
        long_enough = [part for part in parts if len(part) >= 8 and part in str(fact.value)]
        return self._chance.choice(long_enough or [whole])

    def _roles_of(
        self, pattern: str, fills: Mapping[str, str], roles: Mapping[str, Fact], kind: ClaimKind
    ) -> list[str]:
        """The roles that a filled pattern rests on: those in its slots, and those it is about."""
        text = pattern + "".join(fills[name] for name in places(pattern))
        about = "S" if kind in _SCORED else ""
        about += "D" if kind is ClaimKind.DOCUMENT else ""
        about += "DEV" if kind is ClaimKind.CONTRADICTION else ""
        about += "T" if {"W", "W.label"} & places(pattern) else ""
        return [
            name
            for name, fact in roles.items()
            if name in about or any(f"{{{fact.id}{end}" in text for end in ("}", "."))
        ]
