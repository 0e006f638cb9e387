"""Corruptions of values, units, signs, ranks, fields and dates."""

import re

from risk.casefile import Fact
from tests.benchmarks.scene import SCORED, Scene, after, before, citing, corrupts, swapped
from tests.fake_r1.drafts import Draft

_ZH = "零一二三四五六七八九"
_EN = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
]
_MONEY = ("loan_amount", "monthly_income", "existing_debt", "monthly_repayment")
_MONTHS = ("term_months", "employment_months", "credit_history_months")
_COUNTS = (
    "overdue_count_24m", "credit_inquiries_3m", "credit_inquiries_6m", "card_count", "loan_count",
    "guarantee_count",
)  # fmt: skip


def measure(fact: Fact) -> str:
    """The kind of unit that a form fact's number has."""
    groups = {"money": _MONEY, "months": _MONTHS, "count": _COUNTS}
    found = next((name for name, fields in groups.items() if fact.field in fields), "")
    return found or {"max_overdue_days_24m": "days"}.get(fact.field, "ratio")


def _number(scene: Scene, draft: Draft, role: str = "V") -> Fact | None:
    """The form fact of a role, where its slot stands in the sentence and holds a number."""
    fact = scene.fact(draft, role)
    known = fact is not None and isinstance(fact.value, float) and fact.value >= 0
    return fact if known and role in draft.fills else None


def _named(draft: Draft) -> bool:
    return "V.label" in draft.fills


def _wrong(scene: Scene, value: float) -> float:
    """Another number of the same size."""
    factor = scene.chance.choice([0.4, 0.6, 1.5, 2.0, 3.0])
    wrong = round(value * factor) if value >= 3 else round(value + 1 + 4 * scene.chance.random())
    return float(wrong if wrong != value else wrong + 7)


def _chinese(value: float) -> str:
    """A whole number in Chinese numerals, as in 四千八百."""
    if value >= 10_000:
        high, low = divmod(int(value), 10_000)
        return f"{_chinese(high)}万{_chinese(low) if low else ''}"
    digits, said = f"{value:.0f}", ""
    for place, digit in enumerate(digits):
        said += (
            _ZH[int(digit)] + ["", "十", "百", "千"][len(digits) - 1 - place]
            if digit != "0"
            else "零"
        )
    return re.sub("零+", "零", said).rstrip("零") or "零"


def _spelled(value: float) -> str:
    """A whole number in English words, to the leading thousands or hundreds."""
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if value >= size:
            return f"{_spelled(value // size)} {name}"
    tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    if value >= 20:
        rest = f"-{_EN[int(value % 10)]}" if value % 10 else ""
        return tens[int(value // 10) - 2] + rest
    return _EN[int(value)]


def literal(scene: Scene, value: float, fact: Fact) -> str:
    """A number as a model may write it: digits, full-width, grouped, by 万, or in words."""
    zh = scene.language == "zh"
    unit = {"money": ("元", " yuan"), "months": ("个月", " months"), "days": ("天", " days")}
    said = unit.get(measure(fact), ("", ""))[0 if zh else 1]
    wide = f"{value:.0f}".translate({48 + n: 0xFF10 + n for n in range(10)})
    forms = [f"{value:.0f}", f"{value:,.0f}", wide]
    forms += [_chinese(value)] if zh else [_spelled(value)]
    if value >= 1000:
        forms.append(f"{value / 10_000:.2f}万" if zh else f"{value / 1000:.1f}k")
    return scene.pick(forms) + said


@corrupts("value")
def literal_number(scene: Scene, draft: Draft) -> Draft | None:
    """A wrong number in place of the slot."""
    fact = _number(scene, draft)
    if fact is None or not isinstance(fact.value, float):
        return None
    return draft.filled(V=literal(scene, _wrong(scene, fact.value), fact))


@corrupts("value")
def number_beside(scene: Scene, draft: Draft) -> Draft | None:
    """The slot stays, and a wrong figure is put beside it."""
    fact = _number(scene, draft)
    return fact and draft.filled(V=draft.fills["V"] + scene.text("number_notes"))


@corrupts("value")
def slot_of_another(scene: Scene, draft: Draft) -> Draft | None:
    """The value of another field with the same kind of unit."""
    fact = _number(scene, draft)
    other = fact and _alike(scene, draft, fact)
    if fact is None or other is None or not _named(draft):
        return None
    changed = draft.filled(V=f"{{{other.id}}}")
    if f"{{{fact.id}" in changed.sentence or scene.chance.random() < 0.5:
        return citing(changed, other)
    return changed._replace(facts=swapped(draft, fact.id, other.id))


def _alike(scene: Scene, draft: Draft, fact: Fact) -> Fact | None:
    score = scene.fact(draft, "S")
    codes = {fact.code, score.code if score else ""}
    return scene.some(
        one for one in scene.form
        if isinstance(one.value, float) and measure(one) == measure(fact)
        and one.code not in codes and one.display != fact.display and one.id not in draft.facts
    )  # fmt: skip


@corrupts("value")
def standing_of_another(scene: Scene, draft: Draft) -> Draft | None:
    """The standing of another field."""
    fact = scene.fact(draft, "V")
    if fact is None or "V%" not in draft.fills or not _named(draft):
        return None
    other = scene.some(
        one for one in scene.form
        if one.below is not None and abs((one.percentile or 0) - (fact.percentile or 0)) > 10
        and one.code != fact.code and one.id not in draft.facts
    )  # fmt: skip
    return other and citing(draft.filled(**{"V%": f"{{{other.id}.percentile}}"}), other)


@corrupts("value")
def literal_standing(scene: Scene, draft: Draft) -> Draft | None:
    """A standing in figures or words in place of its slot."""
    return draft.filled(**{"V%": scene.text("percentiles")}) if "V%" in draft.fills else None


@corrupts("value")
def literal_tie(scene: Scene, draft: Draft) -> Draft | None:
    """A wrong number of connected applications."""
    fact = scene.fact(draft, "A")
    if fact is None or "A" not in draft.fills or not isinstance(fact.value, float):
        return None
    wrong = scene.chance.choice([n for n in range(2, 10) if n != fact.value])
    zh = scene.language == "zh"
    forms = [str(wrong), _chinese(wrong) if zh else _spelled(wrong)]
    return draft.filled(A=scene.pick(forms) + ("笔" if zh else " applications"))


@corrupts("unit")
def unit_after_slot(scene: Scene, draft: Draft) -> Draft | None:
    """A unit behind a slot that brings its own."""
    fact = _number(scene, draft)
    if fact is None:
        return None
    return draft.filled(V=draft.fills["V"] + scene.pick(scene.texts["units_after"][measure(fact)]))


@corrupts("unit")
def unit_before_name(scene: Scene, draft: Draft) -> Draft | None:
    """The field is said to be counted in another unit."""
    fact = _number(scene, draft)
    options = scene.texts["units_before"].get(measure(fact)) if fact else None
    if not options or "V.label" not in draft.fills:
        return None
    return draft.filled(**{"V.label": scene.pick(options) + draft.fills["V.label"]})


@corrupts("unit")
def right_digits_wrong_unit(scene: Scene, draft: Draft) -> Draft | None:
    """The form's own digits with another unit."""
    fact = _number(scene, draft)
    if fact is None or measure(fact) == "ratio" or not fact.value:
        return None
    units = scene.texts["units_after"][measure(fact)]
    wrong = [unit for unit in units if unit.strip() != {"months": "months"}.get(measure(fact))]
    digits = f"{fact.value:,.0f}"
    kept = [unit for unit in wrong if measure(fact) != "money" or "yuan" not in unit]
    return draft.filled(V=digits + scene.pick([u for u in kept if u != "块钱"]))


@corrupts("unit")
def another_period(scene: Scene, draft: Draft) -> Draft | None:
    """Monthly becomes yearly in the name of a field."""
    fact = scene.fact(draft, "V")
    if fact is None or "V.label" not in draft.fills:
        return None
    name = fact.label.in_(scene.language)
    pairs = [pair for pair in scene.texts["periods"] if pair[0] in name]
    if not pairs:
        return None
    old, new = scene.chance.choice(pairs)
    return draft.filled(**{"V.label": name.replace(old, new)})


@corrupts("unit")
def unit_in_quote(scene: Scene, draft: Draft) -> Draft | None:
    """The unit of an amount or time in a quote."""
    pairs = [
        ("万元", "元"),
        ("元", "万元"),
        ("个月", "年"),
        ("年", "个月"),
        ("次", "天"),
        ("天", "次"),
    ]
    pairs += [("CNY", "USD"), ("RMB", "USD"), ("yuan", "dollars"), ("months", "years")]
    pairs += [("years", "months"), ("days", "weeks"), ("a month", "a year"), ("monthly", "yearly")]
    return _quote_with(scene, draft, pairs)


def _quote_with(scene: Scene, draft: Draft, pairs: list[tuple[str, str]]) -> Draft | None:
    """One quote changed in one place, where that leaves the document's words."""
    for at, (fact, text) in enumerate(draft.quotes):
        if f"“{text}”" in draft.sentence:
            continue
        fit = [
            (old, new) for old, new in pairs if re.search(rf"[0-9] ?{old}|{old} ?[0-9]|{old}", text)
        ]
        if fit:
            old, new = scene.chance.choice(fit[:2])
            changed = text.replace(old, new, 1)
            if changed not in str(scene.case.by_id[fact].value):
                quotes = (*draft.quotes[:at], (fact, changed), *draft.quotes[at + 1 :])
                return draft._replace(quotes=quotes)
    return None


def _other_side(direction: str) -> str:
    return {"raises": "lowers", "lowers": "raises"}[direction]


def _turned(scene: Scene, draft: Draft) -> dict[str, str]:
    """The words of direction in the claim, on the other side."""
    moves = scene.words["moves"][_other_side(draft.direction)]
    said = {"moves": moves, "move": moves.replace("s the", " the")}
    return {name: text for name, text in said.items() if name in draft.fills}


@corrupts("sign")
def field_turned(scene: Scene, draft: Draft) -> Draft | None:
    """The direction field against the score fact, or against the words."""
    if draft.direction == "neutral" or not (
        draft.kind in SCORED or {"moves", "move"} & set(draft.fills)
    ):
        return None
    return draft._replace(direction=_other_side(draft.direction))


@corrupts("sign")
def words_turned(scene: Scene, draft: Draft) -> Draft | None:
    """The words of direction against the field."""
    if draft.direction == "neutral" or not (turned := _turned(scene, draft)):
        return None
    return draft.filled(**turned)


@corrupts("sign")
def both_turned(scene: Scene, draft: Draft) -> Draft | None:
    """Field and words agree, and the score fact says otherwise."""
    if draft.kind not in SCORED:
        return None
    turned = draft.filled(**_turned(scene, draft))
    return turned._replace(direction=_other_side(draft.direction))


@corrupts("sign")
def made_neutral(scene: Scene, draft: Draft) -> Draft | None:
    """A score fact without its side."""
    return draft._replace(direction="neutral") if draft.kind in SCORED else None


@corrupts("sign")
def conclusion_turned(scene: Scene, draft: Draft) -> Draft | None:
    """A conclusion is added that goes the other way."""
    if draft.kind not in SCORED:
        return None
    return after(draft, scene.pick(scene.texts["wrong_sides"][draft.direction]))


@corrupts("rank")
def order_words_swapped(scene: Scene, draft: Draft) -> Draft | None:
    """The main factor becomes a lesser one, and the other way round."""
    score = scene.fact(draft, "S")
    if score is None or "rank" not in draft.fills:
        return None
    return draft.filled(rank=scene.words["rank"]["next" if score.rank == 1 else "top"])


@corrupts("rank")
def order_words_added(scene: Scene, draft: Draft) -> Draft | None:
    """Words of order that do not fit the rank."""
    score = scene.fact(draft, "S")
    if score is None or draft.kind not in SCORED or {"rank", "T.label"} & set(draft.fills):
        return None
    place = next((one for one in ("V.label", "S.label") if one in draft.fills), "")
    said = scene.text("bottoms" if score.rank == 1 else "tops")
    if not place:
        return None
    if draft.language == "en":
        return draft.filled(**{place: draft.fills[place] + said})
    return before(draft, draft.fills[place] + said)


_PAIRS = [("S.label", "T.label"), ("S#", "T#"), ("V.label", "W.label"), ("V", "W"), ("V%", "W%")]


@corrupts("rank")
def pair_swapped(scene: Scene, draft: Draft) -> Draft | None:
    """The lesser of two factors is told before the greater."""
    both = [pair for pair in _PAIRS if set(pair) <= set(draft.fills)]
    if not any(one.endswith(".label") for one, _ in both):
        return None
    turned = {one: draft.fills[other] for pair in both for one, other in (pair, pair[::-1])}
    return draft.filled(**turned)


@corrupts("rank")
def rank_of_another(scene: Scene, draft: Draft) -> Draft | None:
    """The rank slot of another score fact."""
    score = scene.fact(draft, "S")
    if score is None or "S#" not in draft.fills:
        return None
    other = scene.some(f for f in scene.case.of_kind("score") if f.rank != score.rank)
    return other and citing(draft.filled(**{"S#": f"{{{other.id}.rank}}"}), other)


@corrupts("rank")
def literal_rank(scene: Scene, draft: Draft) -> Draft | None:
    """A wrong rank in figures or words."""
    if "S#" in draft.fills:
        return draft.filled(**{"S#": scene.text("literal_ranks")})
    if draft.kind not in SCORED:
        return None
    said = scene.text("ranks")
    return after(draft, f"，{said}" if draft.language == "zh" else f", {said}")


def _other_name(scene: Scene, draft: Draft) -> str:
    """The name of a field that the claim does not touch."""
    cited = [scene.case.by_id[one] for one in draft.facts]
    taken = {fact.code for fact in cited} | {fact.field for fact in cited}
    own = [n for f in taken for n in scene.texts["names"].get(f, [])]
    options = [
        name
        for fact in scene.form
        if fact.code not in taken and fact.field in scene.texts["names"]
        for name in scene.texts["names"][fact.field]
        if not any(name in one or one in name for one in own)
    ]
    return scene.pick(options) if options else ""


@corrupts("feature")
def name_of_another(scene: Scene, draft: Draft) -> Draft | None:
    """The field is called by another's name."""
    place = next((one for one in ("V.label", "S.label") if one in draft.fills), "")
    if draft.kind not in SCORED or not place:
        return None
    name = _other_name(scene, draft)
    return draft.filled(**{place: name}) if name else None


@corrupts("feature")
def label_of_another(scene: Scene, draft: Draft) -> Draft | None:
    """The label slot of another field."""
    fact = scene.fact(draft, "V")
    if draft.kind not in SCORED or "V.label" not in draft.fills or fact is None:
        return None
    codes = {scene.case.by_id[one].code for one in draft.facts}
    other = scene.some(
        f for f in scene.form if f.code not in codes and f.kind == "form" and f.below is not None
    )
    return other and citing(draft.filled(**{"V.label": f"{{{other.id}.label}}"}), other)


@corrupts("feature")
def score_fact_of_another(scene: Scene, draft: Draft) -> Draft | None:
    """The claim cites the score fact of another field."""
    score = scene.fact(draft, "S")
    if score is None or {"S#", "S.label", "rank", "W.label"} & set(draft.fills):
        return None
    if not _named(draft):
        return None
    other = scene.some(
        f for f in scene.case.of_kind("score")
        if f.code != score.code and f.direction == score.direction and f.id not in draft.facts
    )  # fmt: skip
    return other and draft._replace(facts=swapped(draft, score.id, other.id))


@corrupts("feature")
def field_of_another(scene: Scene, draft: Draft) -> Draft | None:
    """Another field with its own true value is told in place of the scored one."""
    fact = scene.fact(draft, "V")
    if fact is None or draft.kind not in SCORED or {"level", "lack"} & set(draft.fills):
        return None
    if "V.label" not in draft.fills:
        return None
    codes = {scene.case.by_id[one].code for one in draft.facts}
    other = scene.some(f for f in scene.form if f.code not in codes and f.below is not None)
    if other is None:
        return None
    slot = re.compile(rf"\{{{fact.id}(?=[.}}])")
    fills = {name: slot.sub(f"{{{other.id}", text) for name, text in draft.fills.items()}
    return draft._replace(fills=fills, facts=swapped(draft, fact.id, other.id))


@corrupts("feature")
def field_added(scene: Scene, draft: Draft) -> Draft | None:
    """A field that is not behind the cited score fact is named as a cause too."""
    if draft.kind not in SCORED:
        return None
    name = _other_name(scene, draft)
    return after(draft, scene.text("extras").format(name=name)) if name else None


@corrupts("date")
def date_added(scene: Scene, draft: Draft) -> Draft | None:
    """A date from nowhere."""
    return before(draft, scene.text("dates"))


@corrupts("date")
def literal_date(scene: Scene, draft: Draft) -> Draft | None:
    """A date where a value belongs."""
    return draft.filled(V=scene.text("date_values")) if "V" in draft.fills else None


@corrupts("date")
def slot_of_date(scene: Scene, draft: Draft) -> Draft | None:
    """The date of the application where another value belongs."""
    date = next((fact for fact in scene.form if fact.field == "application_date"), None)
    return citing(draft.filled(V=f"{{{date.id}}}"), date) if date and "V" in draft.fills else None


@corrupts("date")
def date_in_quote(scene: Scene, draft: Draft) -> Draft | None:
    """A year or month changed in a quote."""
    found = re.compile(r"20[0-9]{2}(?=年|-|\b)")
    for at, (fact, text) in enumerate(draft.quotes):
        if not (match := found.search(text)) or f"“{text}”" in draft.sentence:
            continue
        year = str(int(match[0]) + scene.chance.choice([-2, -1, 1]))
        changed = text[: match.start()] + year + text[match.end() :]
        if changed not in str(scene.case.by_id[fact].value):
            quotes = (*draft.quotes[:at], (fact, changed), *draft.quotes[at + 1 :])
            return draft._replace(quotes=quotes)
    return None
