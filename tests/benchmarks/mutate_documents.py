"""Corruptions of quotes and of what they are said to come from; people, negations, attributes."""

import re
from collections.abc import Sequence

from risk.casefile import Fact
from risk.reasoning.claims import ClaimKind
from tests.benchmarks.scene import SCORED, Scene, after, before, citing, corrupts, swapped
from tests.fake_r1.drafts import Draft
from tests.fake_r1.phrases import topic_of
from tests.fake_r1.planted import employer_in

_DOCUMENTED = (ClaimKind.DOCUMENT, ClaimKind.CONTRADICTION)


def _edited(scene: Scene, draft: Draft, at: int, changed: str) -> Draft | None:
    """One quote with other words, in the sentence too where it stands there."""
    fact, text = draft.quotes[at]
    if changed == text or changed in str(scene.case.by_id[fact].value) or not changed.strip():
        return None
    return _quoting(draft, at, changed)


def _quoting(draft: Draft, at: int, words: str) -> Draft:
    fact, text = draft.quotes[at]
    quotes = (*draft.quotes[:at], (fact, words), *draft.quotes[at + 1 :])
    fills = {k: v.replace(f"“{text}”", f"“{words}”") for k, v in draft.fills.items()}
    return draft._replace(quotes=quotes, fills=fills)


def _any_quote(scene: Scene, draft: Draft) -> int | None:
    return scene.chance.randrange(len(draft.quotes)) if draft.quotes else None


def _letters(text: str) -> list[int]:
    """Places inside a text, neither first nor last, at which a letter or a digit stands."""
    return [at for at in range(1, len(text) - 1) if text[at].isalnum()]


@corrupts("quote")
def character_changed(scene: Scene, draft: Draft) -> Draft | None:
    """One character is another."""
    at = _any_quote(scene, draft)
    if at is None or not (places := _letters(text := draft.quotes[at][1])):
        return None
    place = scene.chance.choice(places)
    letters = "的了是有在人大中上月收支" if scene.language == "zh" else "abcdefghilmnoprstuvw"
    other = scene.chance.choice("0123456789" if text[place].isdigit() else letters)
    return _edited(scene, draft, at, text[:place] + other + text[place + 1 :])


@corrupts("quote")
def digit_changed(scene: Scene, draft: Draft) -> Draft | None:
    """One digit is another."""
    at = _any_quote(scene, draft)
    if at is None:
        return None
    text = draft.quotes[at][1]
    places = [n for n, letter in enumerate(text) if letter in "0123456789"]
    if not places:
        return None
    place = scene.chance.choice(places)
    return _edited(
        scene, draft, at, f"{text[:place]}{(int(text[place]) + 3) % 10}{text[place + 1 :]}"
    )


@corrupts("quote")
def negation_changed(scene: Scene, draft: Draft) -> Draft | None:
    """A negation in the quote appears or disappears."""
    at = _any_quote(scene, draft)
    if at is None:
        return None
    text = draft.quotes[at][1]
    gone = [
        ("未见", "见"),
        ("无", "有"),
        ("不", ""),
        ("没有", "有"),
        ("No ", "Some "),
        ("not ", ""),
    ]
    come = [("有", "没有"), ("会", "不会"), ("确认", "未确认"), ("是", "不是"), ("支持", "不支持")]
    come += [("will ", "will not "), ("was ", "was not "), ("is ", "is not "), ("are ", "are not ")]
    fit = [(old, new) for old, new in gone + come if old in text]
    if not fit:
        return None
    old, new = scene.chance.choice(fit)
    return _edited(scene, draft, at, text.replace(old, new, 1))


@corrupts("quote")
def word_dropped(scene: Scene, draft: Draft) -> Draft | None:
    """A word is left out of the middle."""
    at = _any_quote(scene, draft)
    if at is None:
        return None
    text = draft.quotes[at][1]
    if scene.language == "en":
        parts = text.split(" ")
        if len(parts) < 4:
            return None
        place = scene.chance.randrange(1, len(parts) - 1)
        return _edited(scene, draft, at, " ".join(parts[:place] + parts[place + 1 :]))
    if len(text) < 7:
        return None
    place = scene.chance.randrange(2, len(text) - 3)
    return _edited(scene, draft, at, text[:place] + text[place + 2 :])


@corrupts("quote")
def word_added(scene: Scene, draft: Draft) -> Draft | None:
    """A word is put into the middle."""
    at = _any_quote(scene, draft)
    if at is None or not (places := _letters(text := draft.quotes[at][1])):
        return None
    if scene.language == "zh":
        place = scene.chance.choice(places)
        added = scene.pick(["经常", "仅", "合计", "大幅", "已", "曾", "全部", "主要"])
        return _edited(scene, draft, at, text[:place] + added + text[place:])
    parts = text.split(" ")
    place = scene.chance.randrange(1, len(parts) + 1)
    added = scene.pick(["only", "often", "greatly", "already", "never", "mainly", "allegedly"])
    return _edited(scene, draft, at, " ".join([*parts[:place], added, *parts[place:]]))


@corrupts("quote")
def parts_turned(scene: Scene, draft: Draft) -> Draft | None:
    """Two parts of the quote change places."""
    at = _any_quote(scene, draft)
    if at is None:
        return None
    mark = "，" if scene.language == "zh" else " "
    parts = draft.quotes[at][1].split(mark)
    if len(parts) < 2:
        return None
    place = scene.chance.randrange(len(parts) - 1)
    parts[place], parts[place + 1] = parts[place + 1], parts[place]
    return _edited(scene, draft, at, mark.join(parts))


@corrupts("quote")
def clause_cut(scene: Scene, draft: Draft) -> Draft | None:
    """The quote begins after the first word of its clause, or ends before the last."""
    at = _any_quote(scene, draft)
    if at is None:
        return None
    text = draft.quotes[at][1]
    word = r"[A-Za-z]+ " if scene.language == "en" else r"[\u4e00-\u9fff]{1,3}"
    last = word if scene.language == "zh" else r" [A-Za-z]+"
    cuts = [re.sub(rf"^{word}(?=\w)", "", text), re.sub(rf"(?<=\w){last}$", "", text)]
    fit = [cut for cut in cuts if cut != text]
    return _quoting(draft, at, scene.chance.choice(fit)) if fit else None


@corrupts("quote")
def sentence_only(scene: Scene, draft: Draft) -> Draft | None:
    """A quote that stands in the sentence is changed there alone."""
    for name, said in draft.fills.items():
        inner = said.strip("“”")
        if said.startswith("“") and "{" not in said and len(inner) > 5:
            place = scene.chance.choice(_letters(inner))
            other = "某" if scene.language == "zh" else "x"
            return draft.filled(**{name: f"“{inner[:place]}{other}{inner[place + 1 :]}”"})
    return None


def _sentences(scene: Scene, draft: Draft, document: str = "") -> list[Fact]:
    return [
        fact for fact in scene.case.of_kind("document")
        if fact.id not in draft.facts and (not document or fact.document == document)
    ]  # fmt: skip


@corrupts("wrong_sentence")
def quote_of_another(scene: Scene, draft: Draft) -> Draft | None:
    """The quote is said to come from another sentence, which is cited."""
    at = _any_quote(scene, draft)
    if at is None:
        return None
    fact, text = draft.quotes[at]
    own = scene.case.by_id[fact]
    other = scene.some(
        f for f in _sentences(scene, draft, own.document) if text not in str(f.value)
    )
    if other is None:
        return None
    quotes = (*draft.quotes[:at], (other.id, text), *draft.quotes[at + 1 :])
    if scene.chance.random() < 0.5:
        return citing(draft._replace(quotes=quotes), other)
    return draft._replace(quotes=quotes, facts=swapped(draft, fact, other.id))


@corrupts("wrong_sentence")
def another_cited(scene: Scene, draft: Draft) -> Draft | None:
    """Another sentence is cited, and the quote keeps its source."""
    at = _any_quote(scene, draft)
    if at is None:
        return None
    fact = draft.quotes[at][0]
    other = scene.some(_sentences(scene, draft))
    if other is None or f"{{{fact}}}" in draft.sentence:
        return None
    return draft._replace(facts=swapped(draft, fact, other.id))


def _elsewhere(scene: Scene, draft: Draft, fact: Fact) -> list[Fact]:
    """Sentences of the same document on another matter."""
    topic = topic_of(str(fact.value), scene.language)
    return [
        one for one in _sentences(scene, draft, fact.document)
        if topic_of(str(one.value), scene.language) != topic
    ]  # fmt: skip


def _documents(scene: Scene, draft: Draft) -> list[Fact]:
    """A sentence of every document that the draft does not cite."""
    cited = {scene.case.by_id[one].document for one in draft.facts}
    firsts = {fact.document: fact for fact in scene.case.of_kind("document")}
    return [fact for name, fact in firsts.items() if name not in cited]


@corrupts("wrong_sentence")
def document_of_another(scene: Scene, draft: Draft) -> Draft | None:
    """A sentence is attributed to another document of the file, by its slot."""
    other = scene.some(_documents(scene, draft)) if "D.label" in draft.fills else None
    return other and citing(draft.filled(**{"D.label": f"{{{other.id}.label}}"}), other)


@corrupts("wrong_sentence")
def document_named_otherwise(scene: Scene, draft: Draft) -> Draft | None:
    """A sentence is attributed to another document of the file, by its name."""
    other = scene.some(_documents(scene, draft)) if "D.label" in draft.fills else None
    return other and draft.filled(**{"D.label": other.label.in_(scene.language)})


@corrupts("paraphrase")
def retold_from_another(scene: Scene, draft: Draft) -> Draft | None:
    """Beside a quote stands in own words what another sentence of the document holds."""
    fact = scene.fact(draft, "D")
    if fact is None or draft.kind is not ClaimKind.DOCUMENT:
        return None
    others = [topic_of(str(one.value), scene.language) for one in _elsewhere(scene, draft, fact)]
    known = [topic for topic in others if topic is not None]
    return _retold(scene, draft, scene.chance.choice(known).says) if known else None


@corrupts("paraphrase")
def retold_turned_round(scene: Scene, draft: Draft) -> Draft | None:
    """Beside a quote stands in own words the opposite of what it says."""
    fact = scene.fact(draft, "D")
    topic = topic_of(str(fact.value), scene.language) if fact else None
    if topic is None or draft.kind is not ClaimKind.DOCUMENT:
        return None
    return _retold(scene, draft, topic.opposite)


def _retold(scene: Scene, draft: Draft, options: Sequence[str]) -> Draft:
    gist = scene.pick(options)
    return after(draft, f"，也就是说{gist}" if scene.language == "zh" else f", that is, {gist}")


@corrupts("entity")
def person_added(scene: Scene, draft: Draft) -> Draft | None:
    """The field is somebody else's."""
    name = draft.fills.get("V.label", "")
    if not name:
        return None
    who = scene.text("who")
    return draft.filled(
        **{"V.label": f"{who}的{name}" if scene.language == "zh" else f"{who}'s {name}"}
    )


@corrupts("entity")
def surrogate_changed(scene: Scene, draft: Draft) -> Draft | None:
    """A mark for personal data becomes another mark."""
    for at, (_, text) in enumerate(draft.quotes):
        if found := re.search(r"⟦([a-z]+)-([0-9]+)⟧", text):
            kinds = [f"⟦{found[1]}-{int(found[2]) + 1}⟧", "⟦name-7⟧", "⟦id-1⟧"]
            return _edited(scene, draft, at, text.replace(found[0], scene.chance.choice(kinds), 1))
    return None


@corrupts("entity")
def employer_in_quote_changed(scene: Scene, draft: Draft) -> Draft | None:
    """A quote names another employer."""
    for at, (_, text) in enumerate(draft.quotes):
        name = employer_in(str(scene.case.by_id[draft.quotes[at][0]].value))
        if name and name in text:
            return _edited(scene, draft, at, text.replace(name, _another_firm(scene, name)))
    return None


@corrupts("entity")
def employer_in_words(scene: Scene, draft: Draft) -> Draft | None:
    """An employer is named in own words, and it is another."""
    fact = scene.fact(draft, "D")
    name = employer_in(str(fact.value)) if fact else ""
    if not name:
        return None
    firm = _another_firm(scene, name)
    return after(
        draft, f"，单位为{firm}" if scene.language == "zh" else f", the employer being {firm}"
    )


def _another_firm(scene: Scene, name: str) -> str:
    """A name that differs in one word, or altogether."""
    zh = scene.language == "zh"
    firms = (
        ["恒泰", "瑞丰", "金桥", "永兴", "海纳", "安澜"]
        if zh
        else ["Hengtai", "Ruifeng", "Jinqiao"]
    )
    other = next(firm for firm in firms if firm not in name)
    if zh:
        return scene.chance.choice([name[:2] + other + name[4:], f"{other}商贸有限公司"])
    parts = name.split(" ")
    return scene.chance.choice(
        [" ".join([parts[0], other, *parts[2:]]), f"{other} Trading Co., Ltd."]
    )


def _denying(scene: Scene, draft: Draft, place: str, **said: str) -> Draft | None:
    """The draft with one of the phrases `not_<place>` in a place; None where it has none."""
    if place not in draft.fills:
        return None
    said = {place: draft.fills[place], **said}
    return draft.filled(**{place: scene.text(f"not_{place}").format(**said)})


@corrupts("negation")
def effect_negated(scene: Scene, draft: Draft) -> Draft | None:
    """The effect on the risk is denied."""
    moves = draft.fills.get("moves", "")
    return _denying(scene, draft, "moves", move=moves.replace("s the", " the"))


@corrupts("negation")
def level_negated(scene: Scene, draft: Draft) -> Draft | None:
    """A level that holds is denied."""
    return _denying(scene, draft, "level")


@corrupts("negation")
def order_negated(scene: Scene, draft: Draft) -> Draft | None:
    """The place in the order is denied."""
    return _denying(scene, draft, "rank")


@corrupts("negation")
def lack_negated(scene: Scene, draft: Draft) -> Draft | None:
    """What is missing is said to be there."""
    return _denying(scene, draft, "lack")


@corrupts("negation")
def conflict_negated(scene: Scene, draft: Draft) -> Draft | None:
    """Two sides that differ are said to agree."""
    return _denying(scene, draft, "conflict")


@corrupts("negation")
def tie_negated(scene: Scene, draft: Draft) -> Draft | None:
    """A tie is said not to be there."""
    return after(draft, scene.text("not_tie")) if draft.kind is ClaimKind.ASSOCIATION else None


@corrupts("negation")
def quote_negated(scene: Scene, draft: Draft) -> Draft | None:
    """What a document says is denied."""
    return after(draft, scene.text("not_quote")) if draft.kind is ClaimKind.DOCUMENT else None


@corrupts("invented_document")
def document_invented(scene: Scene, draft: Draft) -> Draft | None:
    """A sentence is said to come from a document that is not in the file."""
    if draft.kind not in _DOCUMENTED or "D.label" not in draft.fills:
        return None
    name = scene.pick(scene.texts["invented"])
    # English patterns bring the article.
    return draft.filled(**{"D.label": name.removeprefix("the ")})


@corrupts("invented_document")
def witness_invented(scene: Scene, draft: Draft) -> Draft | None:
    """A document that is not in the file is called as a witness."""
    doc = scene.pick(scene.texts["invented"])
    if draft.kind is ClaimKind.MISSING_INFORMATION:
        return None
    if scene.chance.random() < 0.6:
        return after(draft, scene.text("invented_tails").format(doc=doc))
    return before(draft, scene.text("invented_heads").format(doc=doc))


@corrupts("invented_document")
def fact_invented(scene: Scene, draft: Draft) -> Draft | None:
    """A fact that the file does not have is cited."""
    beyond = f"F{len(scene.case.facts) + scene.chance.randint(1, 40)}"
    place = next((one for one in ("q", "V", "A") if one in draft.fills), "")
    if place and scene.chance.random() < 0.5 and not (place == "q" and draft.quotes):
        return draft.filled(**{place: f"{{{beyond}}}"})._replace(facts=(*draft.facts, beyond))
    if draft.quotes:
        return draft._replace(
            quotes=((beyond, draft.quotes[0][1]), *draft.quotes[1:]), facts=(*draft.facts, beyond)
        )
    return draft._replace(facts=(*draft.facts, beyond))


@corrupts("invented_document")
def passage_invented(scene: Scene, draft: Draft) -> Draft | None:
    """Words that stand in no document are quoted."""
    text = scene.text("invented_quotes")
    if "q" in draft.fills and draft.quotes and not draft.fills["q"].startswith("{F"):
        return _edited(scene, draft, 0, text)
    tail = f"，文件还写道“{text}”" if scene.language == "zh" else f"; the file also says “{text}”"
    return after(draft, tail) if draft.kind in (*_DOCUMENTED, *SCORED) else None


@corrupts("protected")
def attribute_as_reason(scene: Scene, draft: Draft) -> Draft | None:
    """A protected attribute is added as a reason."""
    return after(draft, scene.text("protected"))
