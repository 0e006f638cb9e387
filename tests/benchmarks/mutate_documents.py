"""Corruptions of quotes and of what they are said to come from; people, negations, attributes."""

import re

from risk.casefile import Fact
from risk.reasoning.claims import ClaimKind
from tests.benchmarks.scene import SCORED, Scene, after, before, citing, corrupts, swapped
from tests.fake_r1.drafts import Draft
from tests.fake_r1.phrases import topic_of
from tests.fake_r1.planted import employer_in

_DOCUMENTED = (ClaimKind.DOCUMENT, ClaimKind.CONTRADICTION)
_BASE = {"pushes": "push"}


def _edited(scene: Scene, draft: Draft, at: int, changed: str) -> Draft | None:
    """One quote with other words, in the sentence too where it stands there."""
    fact, text = draft.quotes[at]
    if changed == text or changed in str(scene.case.by_id[fact].value) or not changed.strip():
        return None
    quotes = (*draft.quotes[:at], (fact, changed), *draft.quotes[at + 1 :])
    fills = {k: v.replace(f"“{text}”", f"“{changed}”") for k, v in draft.fills.items()}
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


@corrupts("wrong_sentence")
def another_sentence_told(scene: Scene, draft: Draft) -> Draft | None:
    """What is said of one sentence rests on another one, brought in as a whole."""
    fact = scene.fact(draft, "D")
    if fact is None or "gist" not in draft.fills or "q" not in draft.fills or draft.quotes:
        return None
    other = scene.some(_elsewhere(scene, draft, fact))
    if other is None:
        return None
    changed = draft.filled(q=f"{{{other.id}}}")
    return changed._replace(facts=swapped(draft, fact.id, other.id))


def _elsewhere(scene: Scene, draft: Draft, fact: Fact) -> list[Fact]:
    """Sentences of the same document on another matter."""
    topic = topic_of(str(fact.value), scene.language)
    return [
        one for one in _sentences(scene, draft, fact.document)
        if topic_of(str(one.value), scene.language) != topic
    ]  # fmt: skip


@corrupts("wrong_sentence")
def gist_of_another(scene: Scene, draft: Draft) -> Draft | None:
    """Said is what another sentence of the document holds; quoted is this one."""
    fact = scene.fact(draft, "D")
    if fact is None or "gist" not in draft.fills:
        return None
    others = [topic_of(str(one.value), scene.language) for one in _elsewhere(scene, draft, fact)]
    known = [topic for topic in others if topic is not None]
    if not known:
        return None
    return draft.filled(gist=scene.pick(scene.chance.choice(known).says))


@corrupts("wrong_sentence")
def document_of_another(scene: Scene, draft: Draft) -> Draft | None:
    """A sentence is attributed to another document of the file."""
    fact = scene.fact(draft, "D")
    place = next((one for one in ("doc", "dself", "dofficer", "dbank") if one in draft.fills), "")
    if fact is None or not place or "r" in draft.fills:
        return None
    others = [name for name in scene.case.documents if name != fact.document]
    if not others:
        return None
    return draft.filled(
        **{place: scene.pick(scene.words["documents"][scene.chance.choice(others)])}
    )


@corrupts("entity")
def person_swapped(scene: Scene, draft: Draft) -> Draft | None:
    """The applicant becomes somebody else."""
    if "who" in draft.fills:
        return draft.filled(who=scene.text("who"))
    return draft.filled(poss=scene.text("who") + "'s") if "poss" in draft.fills else None


@corrupts("entity")
def person_added(scene: Scene, draft: Draft) -> Draft | None:
    """The field is somebody else's."""
    name = draft.fills.get("n", "")
    if not name or {"who", "poss"} & set(draft.fills):
        return None
    who = scene.text("who")
    if scene.language == "zh":
        return draft.filled(n=f"{who}的{name}")
    return draft.filled(n=f"{who}'s {name.removeprefix('the ')}")


@corrupts("entity")
def person_in_gist(scene: Scene, draft: Draft) -> Draft | None:
    """What a document says of the applicant is told of somebody else."""
    gist = draft.fills.get("gist", "")
    own = "申请人" if scene.language == "zh" else "the applicant"
    return draft.filled(gist=gist.replace(own, scene.text("who"))) if own in gist else None


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
def employer_in_words_changed(scene: Scene, draft: Draft) -> Draft | None:
    """An employer is named in own words, and it is another."""
    fact = scene.fact(draft, "D")
    name = employer_in(str(fact.value)) if fact else ""
    gist = draft.fills.get("gist", "")
    if not name or name not in gist:
        return None
    return draft.filled(gist=gist.replace(name, _another_firm(scene, name)))


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


def _negated(scene: Scene, verb: str) -> str:
    """A verb phrase in the negative."""
    if scene.language == "zh":
        verb = verb.replace("了", "", 1)
        return scene.pick(["并未", "没有", "并不会"]) + verb if verb[0] != "对" else "并非" + verb
    first, _, rest = verb.partition(" ")
    if first == "does":
        return verb.replace("does not settle", "settles")
    if first == "has":
        return verb.replace("has no", "has a")
    base = _BASE.get(first, first[:-1])
    return (
        scene.pick(["does not ", "by no means does it ", "in no way does it "][:1])
        + f"{base} {rest}"
    )


@corrupts("negation")
def effect_negated(scene: Scene, draft: Draft) -> Draft | None:
    """The effect on the risk is denied."""
    if draft.direction == "neutral" or "moves" not in draft.fills:
        return None
    return draft.filled(moves=_negated(scene, draft.fills["moves"]))


@corrupts("negation")
def level_negated(scene: Scene, draft: Draft) -> Draft | None:
    """A level that holds is denied."""
    if "level" not in draft.fills:
        return None
    said = draft.fills["level"]
    if scene.language == "en":
        return draft.filled(level=f"not {said}")
    return draft.filled(
        level=scene.pick(["并不", "并非", "没有"][: 2 if said[0] in "偏较很相明" else 3]) + said
    )


@corrupts("negation")
def order_negated(scene: Scene, draft: Draft) -> Draft | None:
    """The main factor is said not to be it."""
    score = scene.fact(draft, "S")
    if score is None or score.rank != 1 or not {"first", "top"} & set(draft.fills):
        return None
    zh = [("是<first>", "并非<first>"), ("属于<first>", "不属于<first>"), ("<top>", "并非<top>")]
    en = [
        ("is <first>", "is not <first>"),
        ("as <first>", "not as <first>"),
        ("<factor> is <n>", "<factor> is not <n>"),
    ]
    return _in_pattern(scene, draft, zh, en)


@corrupts("negation")
def factor_negated(scene: Scene, draft: Draft) -> Draft | None:
    """A factor is said to be none."""
    zh = [
        ("是<factor>", "不是<factor>"),
        ("属于<factor>", "不属于<factor>"),
    ]
    en = [("is a <factor>", "is not a <factor>"), ("are <factors>", "are no <factors>")]
    return _in_pattern(scene, draft, zh, en)


def _in_pattern(
    scene: Scene, draft: Draft, zh: list[tuple[str, str]], en: list[tuple[str, str]]
) -> Draft | None:
    pairs = zh if scene.language == "zh" else en
    for old, new in pairs:
        if old in draft.pattern:
            return draft._replace(pattern=draft.pattern.replace(old, new, 1))
    return None


@corrupts("negation")
def gist_negated(scene: Scene, draft: Draft) -> Draft | None:
    """What a document says is turned into its opposite."""
    fact = scene.fact(draft, "D")
    topic = topic_of(str(fact.value), scene.language) if fact else None
    gist = draft.fills.get("gist", "")
    if topic is None or gist not in topic.says:
        return None
    return draft.filled(gist=topic.opposite[topic.says.index(gist)])


@corrupts("negation")
def lack_negated(scene: Scene, draft: Draft) -> Draft | None:
    """What is missing is said to be there."""
    if "lack" in draft.fills:
        zh = scene.language == "zh"
        there = ["已提供", "并不缺失", "已经填写", "没有空缺", "并非未填写"]
        here = ["is not missing", "was given", "was not left blank", "is stated", "is complete"]
        return draft.filled(lack=scene.pick(there if zh else here))
    zh_pairs = [
        ("没有填写", "已经填写"),
        ("案卷缺少", "案卷不缺"),
        ("未说明", "已说明"),
        ("没有数据", "有数据"),
        ("未提供", "已提供"),
    ]
    en_pairs = [
        ("did not fill in", "filled in"),
        ("lacks", "does not lack"),
        ("does not state", "states"),
        ("was not given", "was given"),
    ]
    if not {"M", "M.label"} & set(draft.fills) and "未提供" not in draft.pattern:
        return None
    return _in_pattern(scene, draft, zh_pairs, en_pairs)


@corrupts("negation")
def conflict_negated(scene: Scene, draft: Draft) -> Draft | None:
    """Two sides that differ are said to agree."""
    if "conflict" not in draft.fills:
        return None
    zh = ["一致", "相符", "并不矛盾", "完全吻合", "没有出入"]
    en = ["do not conflict", "agree", "match", "do not contradict each other", "are consistent"]
    return draft.filled(conflict=scene.pick(zh if scene.language == "zh" else en))


@corrupts("negation")
def tie_negated(scene: Scene, draft: Draft) -> Draft | None:
    """A tie is said not to be there."""
    zh = [
        ("有<A>", "没有<A>"),
        ("存在关联申请", "不存在关联申请"),
        ("并非孤立申请", "是孤立申请"),
        ("有联系", "没有联系"),
    ]
    en = [
        ("amount to <A>", "do not amount to <A>"),
        ("There are connected", "There are no connected"),
        ("is tied to", "is not tied to"),
        ("is not an isolated", "is an isolated"),
        ("indicate links", "do not indicate links"),
        ("There are also", "There are no"),
    ]
    return _in_pattern(scene, draft, zh, en) if "A" in draft.roles else None


@corrupts("invented_document")
def document_invented(scene: Scene, draft: Draft) -> Draft | None:
    """A sentence is said to come from a document that is not in the file."""
    place = next((one for one in ("doc", "dself", "dofficer", "dbank") if one in draft.fills), "")
    if draft.kind not in _DOCUMENTED or not place:
        return None
    return draft.filled(**{place: scene.pick(scene.words["documents"]["invented"])})


@corrupts("invented_document")
def witness_invented(scene: Scene, draft: Draft) -> Draft | None:
    """A document that is not in the file is called as a witness."""
    doc = scene.pick(scene.words["documents"]["invented"])
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
