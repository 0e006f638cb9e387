"""Names of people, where a title, a label or the words around say that it is one.

They are found to be taken out, so that a letter too much does no harm. A firm or a street that is
called after somebody is none, and a name with nothing beside it is not found.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from features.extraction.employers import employers
from features.extraction.folding import fold
from features.extraction.naming import DOUBLE_SURNAMES, NO_NAME, NO_PERSON, SURNAMES

_NOT = rf"(?!{'|'.join(NO_NAME.split())})"
_DOUBLE = tuple(DOUBLE_SURNAMES.split())
_FAMILY = rf"(?:{'|'.join(_DOUBLE)}|[{SURNAMES}])"
_NAME = rf"{_NOT}{_FAMILY}(?:·?[一-鿿]){{1,2}}"
_APART = r"(?![一-鿿·])"
# What goes on after a name in the midst of a sentence.
_ON = r"(?=[^一-鿿·]|\Z|[的系与和及于在是为自从已可向就因将同以即拟有共承愿现担名先女同])"
_ROLE = (
    "(?:姓名|申请人|借款人|承租人|出租人|保证人|担保人|抵押人|配偶|丈夫|妻子|爱人|父亲|母亲|儿子|女儿|哥哥|弟弟|姐姐"
    "|妹妹|[其我之](?:父|母|妻|夫|子|女|兄|弟|姐|妹)|联系人|经办人|证明人|见证人|户名|账户名称|持卡人|开户人|收款人"
    "|付款人|法定代表人|法人代表|负责人|授权代表|代表人|代理人|委托人|受托人|房东|客户经理|复核人?|审核人?|制表人?"
    "|甲方|乙方|丙方|签字人?|签名|签章|员工|职工|同事|朋友|客户)"
)
_LABELLED = re.compile(
    rf"{_ROLE}(?:姓名|名称|签[字名章])?(?:\([^()\n]{{1,8}}\))?"
    rf"(?:[ |]{{0,4}}[:|][ |]{{0,8}}| {{1,8}})(?P<name>{_NAME}){_APART}"
)
_IN_WORDS = re.compile(
    rf"(?:{_ROLE}|证明|本人|我是|我叫|(?:转账?|汇款?|支?付|还款?|借)给|收到|致)"
    rf"(?:[我本](?:公司|单位|行|校|院|厂)(?:员工|职工)?)?(?P<name>{_NAME}){_ON}"
)
_SIGNED = re.compile(rf"(?P<name>{_NAME})(?= ?\((?:签[字名章]|盖章|男|女|身份证))")
_CLOSING = re.compile(rf"(?:敬礼|此致|特此[证说声]明)[!。]?\s{{0,40}}(?P<name>{_NAME}){_APART}")
_TITLE = re.compile("先生|女士|小姐|太太|同志")
_WHOLE = re.compile(_NAME)
_SURNAMED = re.compile(
    rf"(?:(?<![一-鿿])|(?<=尊敬的)|(?<=亲爱的))(?P<name>{_FAMILY}"
    "(?:先生|女士|小姐|太太|同志|老师|医生|律师|师傅|主任|行长|(?<!任)经理|总(?![经额计数共是之部行公价金体分和量则务])))"
)
_SHOP = re.compile("[一-鿿]{0,4}[店馆厂行坊铺社吧]|[一-鿿]{0,8}公司")
_HEADS = ("姓名", "户名", "对方户名", "对方姓名", "收款人", "付款人", "对方名称", "name", "payee")
_CELLS = re.compile(r"[\t|]| {2,}")

_WORD = r"[A-ZÀ-Þ](?:['’][A-Z])?[a-zà-ÿ]+(?:[-'’][A-Z]?[a-zà-ÿ]+)*"
_PERSON = rf"{_WORD}(?: (?:[A-Z]\. |(?:van|von|de|da|bin|al) )?{_WORD}){{1,3}}"
_NO_PERSON = frozenset(NO_PERSON.split())
_MAYBE_ONE = rf"{_WORD}(?: (?:[A-Z]\. )?{_WORD}){{0,3}}"
_CAPITAL = r"(?<![A-Za-z])"
_TITLED_EN = re.compile(rf"{_CAPITAL}(?:Mr|Mrs|Ms|Miss|Dr|Prof|Mx)\.? (?P<name>{_MAYBE_ONE})")
_ROLE_EN = (
    "(?:(?:full |first |last |applicant'?s? |customer |client |account |spouse'?s? )?name"
    "(?: of (?:the )?[a-z-]+)?|(?:co-)?applicant|(?:account|card) ?holder|employee|guarantor|spouse"
    "|wife|husband|(?:emergency )?contact(?: person)?|landlord|landlady|tenant|lessor|lessee"
    "|(?:co-)?borrower|signed(?: by)?|signature|manager|supervisor|authori[sz]ed signatory|witness"
    "|payee|beneficiary|prepared by|approved by|issued by|loan officer|father|mother|brother"
    "|sister|son|daughter|referee|attn)"
)
_LABELLED_EN = re.compile(
    rf"{_CAPITAL}(?i:{_ROLE_EN})(?: ?[:|\t]| {{2,}})[ |\t]{{0,8}}(?P<name>{_PERSON})(?![A-Za-z])"
)
_IN_WORDS_EN = re.compile(
    rf"{_CAPITAL}(?i:(?:certif(?:y|ies)|confirms?|state|declare) that|my name is"
    "|(?:transfer|payment) (?:to|from)|(?:loan|on behalf) of"
    "|(?:employee|client|customer|tenant|borrower|applicant|guarantor),?"
    "|(?:my|his|her|the|their) (?:wife|husband|spouse|father|mother|brother|sister|son|daughter"
    "|friend|landlord|landlady|colleague|neighbour|partner|cousin|uncle|aunt),?|known|I,)"
    rf" (?P<name>{_PERSON})(?![A-Za-z])"
)
_CLOSING_EN = re.compile(
    r"(?i:(?:sincerely|faithfully|truly|regards|respectfully|wishes|yours)"
    r"(?:,? {0,9}\n\s{0,40}|, ))"
    rf"(?P<name>{_PERSON}) {{0,9}}(?:\n|\Z|,)"
)


class Person(NamedTuple):
    """Somebody's name, with its title where nothing else is known of it.

    Attributes:
        name: As written in the text.
        start: Offset of its first character, in code points.
        end: Offset just past its last.
    """

    name: str
    start: int
    end: int


def people(text: str) -> tuple[Person, ...]:
    """The people whom a text names.

    Args:
        text: Any text, unchanged.

    Returns:
        The names in order of place; where one may begin in two places, both.

    Example:
        >>> text = "尊敬的张三先生：我在恒远贸易有限公司工作。联系人：王建国"
        >>> [person.name for person in people(text)]
        ['张三', '王建国']
        >>> [p.name for p in people("We confirm that Ms Jane Roe works for Baker Foods Ltd.")]
        ['Jane Roe']
    """
    folded = fold(text)
    # The white space between cells is told by their characters, which folding makes one.
    kept = "".join(old if old in "\t\n" else new for old, new in zip(text, folded, strict=True))
    spans = {*_chinese(folded), *_english(kept), *_columns(kept)}
    firms = [(start, end) for _, start, end in employers(text)]
    return tuple(Person(text[a:b], a, b) for a, b in _without(spans, firms))


def _without(
    spans: set[tuple[int, int]], firms: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """The spans in order, but for those in the name of a firm."""
    at = 0
    for start, end in sorted(spans):
        while at < len(firms) and firms[at][1] <= start:
            at += 1
        if at == len(firms) or firms[at][0] >= end:
            yield start, end


def _chinese(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_LABELLED, _SIGNED, _SURNAMED):
        for match in pattern.finditer(text):
            if not _SHOP.match(text, match.end("name")):
                yield match.span("name")
    for pattern in (_IN_WORDS, _CLOSING):
        yield from (match.span("name") for match in pattern.finditer(text))
    for title in _TITLE.finditer(text):
        if not _SHOP.match(text, title.end()):
            yield from _before(text, title.start())


def _before(text: str, end: int) -> Iterator[tuple[int, int]]:
    """The names that end at a title; 证明李四同志 may speak of 李四, or as well of 明李四."""
    for length in (4, 3, 2):
        name = text[max(0, end - length) : end]
        if len(name) == length and _WHOLE.fullmatch(name):
            yield end - length, end
            if name[:2] in _DOUBLE:
                return


def _columns(text: str) -> Iterator[tuple[int, int]]:
    """Names in the cells below a title such as 户名, as long as rows have so many cells."""
    column: int | None = None
    at = 0
    for line in text.splitlines(keepends=True):
        cells = _cells(line)
        heads = [n for n, (a, b) in enumerate(cells) if line[a:b].strip().casefold() in _HEADS]
        if heads and len(cells) > 2:
            column = heads[0]
        elif len(cells) < 2:
            column = None
        elif column is not None:
            # A blank cell leaves no trace in some papers, so that the ones after it come early.
            for begin, end in cells[max(0, column - 1) : column + 1]:
                name = line[begin:end].strip()
                if _WHOLE.fullmatch(name) or _is_person(name):
                    begin += line[begin:end].index(name)
                    yield at + begin, at + begin + len(name)
        at += len(line)


def _cells(line: str) -> list[tuple[int, int]]:
    gaps = [match.span() for match in _CELLS.finditer(line)]
    begins, ends = [0, *(end for _, end in gaps)], [*(begin for begin, _ in gaps), len(line)]
    return list(zip(begins, ends, strict=True))


def _english(text: str) -> Iterator[tuple[int, int]]:
    for match in _TITLED_EN.finditer(text):
        words = match["name"].split()
        kept = next((n for n, word in enumerate(words) if _no_person(word)), len(words))
        if kept:
            end = match.start("name") + len(" ".join(words[:kept]))
            # One word alone, such as May, would be found everywhere without its title.
            yield match.start("name") if kept > 1 else match.start(), end
    for pattern in (_LABELLED_EN, _IN_WORDS_EN, _CLOSING_EN):
        for match in pattern.finditer(text):
            if _is_person(match["name"]):
                yield match.span("name")


def _is_person(name: str) -> bool:
    return bool(re.fullmatch(_PERSON, name)) and not any(map(_no_person, name.split()))


def _no_person(word: str) -> bool:
    return word.casefold().rstrip(".") in _NO_PERSON
