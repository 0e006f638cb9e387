"""Names of employers, and of businesses people run, where the words around say so.

A firm that is merely mentioned (a payee, a shop) is no employer.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from features.extraction.folding import fold

_LONGEST = 40
# No 在 in a name, so that a run of them is read but once.
_NAME = r"[一-\u5727\u5729-鿿A-Za-z0-9()·&'.-]"
_FIELD = (
    "(?:(?:工作|任职|就职|所在|用人|参保|缴费|缴纳|扣缴|代发|发薪|投保|现)单位(?:全?称|名称)?"
    "|单位(?:全称|名称)|雇主(?:名称)?|公司名称)[ |]{0,4}(?:[:是为|] ?){1,3}"
)
_VERB = (
    "(?:就职|任职|供职|受雇|就业|工作)于|入职了?|(?:自己|本人|主要)经营"
    "|(?<![离打公召])开(?![始支销户具票通展发业立车设])"
)
_CUE = re.compile(
    rf"(?P<field>{_FIELD})|(?P<verb>{_VERB})|(?<![存现正自所实内外])在|(?<=人)[为是系]"
)
_RUN = re.compile(rf"{_NAME}{{2,{_LONGEST}}}")
_WORK = re.compile(
    "上班|工作|任职|就职|供职|担任|任(?![何意])|从事|做|当|负责|职务|岗位|有[0-9一二两三四五六七八九十]|已|的"
    "|经营者|法人|员工|职工|股东|老板"
)
_KIND = re.compile(
    "有限责任公司|有限公司|公司|集团|医院|学校|中学|小学|大学|学院|幼儿园|银行|支行|分行|法院|检察院"
    "|研究院|设计院|研究所|事务所|派出所|委员会|政府|管理处|中心|工作室|合作社|经营部|服务部|门市部|商行"
    "|商行|车行|酒店|饭店|餐厅|餐馆|宾馆|超市|商场|图书馆|博物馆|加工厂|[局厂店站馆]"
)
_PART = re.compile(r"(?<=公司)[一-鿿]{1,6}(?:部|科|处|室|组|中心|车间)\Z")
_NO_NAME = re.compile(
    r"(?:一[家个所]|某|这|那|该|本|我|贵|自己|几|多|外地|当地|其他|同一|原|新|老|大型|国有|私[人营])"
    r"|.?(?:公司|银行|学校|医院|工厂|超市)\Z"
)
_NONE = re.compile(r"无|暂|未|不|自由职业|灵活就业|退休|个体\Z|[0-9.-]+\Z")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9&'.-]*(?: [A-Z][A-Za-z0-9&'.-]*){0,5}")

_LETTERS = re.compile(r"[A-Za-z][A-Za-z :]+")  # found fast, so that English costs Chinese nothing
_CUE_EN = re.compile(
    r"(?<![A-Za-z])(?:work(?:s|ed|ing)?(?: as [a-z ]{2,24})? (?:for|at|with)"
    r"|(?:job|position|career) (?:at|with)|employed (?:full[ -]time )?(?:by|at|with)"
    r"|employees? of|employer(?: name)?(?: is|:)|(?:am|is|are|been) with"
    r"|(?:I|we) (?:run|own|have run)|contributions are paid by|withheld by|certificate names)"
    r" (?:the )?",
    re.I,
)
_NO_NAME_EN = (
    "I|My|We|Our|He|She|They|It|This|That|And|But|Please|Thanks?|As|In|Since|Ltd|Inc|Co\\.|Corp\\."
)
_WORD = (
    rf"(?!(?:{_NO_NAME_EN})(?![A-Za-z]))"
    r"[A-ZÀ-Þ][A-Za-zÀ-ɏ0-9'’&-]{0,30}"
)
_LEGAL = r"(?:Co\., ?Ltd\.?|Ltd\.?|Inc\.?|LLC|LLP|PLC|Corp\.?|Company|GmbH)"
_TOWN = r"(?<=Shop|tore|otel|hool|kery|alon|ital), [A-Z][a-z]{2,20}"
_NAME_EN = re.compile(
    rf"{_WORD}(?: (?:(?:of|and|&|for|de) (?:the )?)?{_WORD}){{0,7}}"
    rf"(?:(?:,? {_LEGAL}|{_TOWN})(?![A-Za-z]))?"
)


class Employer(NamedTuple):
    """An employer, or a business of one's own.

    Attributes:
        name: As written in the text.
        start: Offset of its first character, in code points.
        end: Offset just past its last.
    """

    name: str
    start: int
    end: int


def employers(text: str) -> tuple[Employer, ...]:
    """The employers a text names.

    Args:
        text: Any text, unchanged; the time is linear in its length.

    Returns:
        The names in order of place, without overlap.

    Example:
        >>> text = "本人在云川恒泰机械有限公司上班，向瑞丰物流有限公司付款。"
        >>> [employer.name for employer in employers(text)]
        ['云川恒泰机械有限公司']
        >>> [e.name for e in employers("I work for Linze Foods Co., Ltd. and earn RMB 8,000.")]
        ['Linze Foods Co., Ltd.']
    """
    folded = fold(text)
    spans = sorted({*_chinese(folded), *_english(folded)})
    return tuple(Employer(text[start:end], start, end) for start, end in _apart(spans))


def _apart(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    after = 0
    for start, end in spans:
        if start >= after:
            after = end
            yield start, end


def _chinese(text: str) -> Iterator[tuple[int, int]]:
    after = 0
    for cue in _CUE.finditer(text):
        if cue.start() < after:
            continue
        name = _named(text, cue)
        if name:
            after = name[1]
            yield name


def _named(text: str, cue: re.Match[str]) -> tuple[int, int] | None:
    """The name after a cue: up to its kind of business, or the whole entry of a form's field."""
    start = cue.end()
    latin = _LATIN.match(text, start, start + _LONGEST) if cue["field"] or cue["verb"] else None
    if latin:
        return latin.span()
    run = _RUN.match(text, start)
    if run is None:
        return None
    work = _WORK.search(text, start + 2, run.end())
    if not cue["field"] and not cue["verb"] and work is None:  # 在 alone says nothing of work
        return None
    end = work.start() if work else run.end()
    kinds = list(_KIND.finditer(text, start, end))
    if kinds:
        end = kinds[-1].end()
        part = _PART.search(text, start, end)
        end = part.start() if part else end
        return None if _NO_NAME.match(text, start, end) else (start, end)
    entered = cue["field"] and not _NONE.match(text, start, end)
    return (start, end) if entered else None


def _english(text: str) -> Iterator[tuple[int, int]]:
    for letters in _LETTERS.finditer(text):
        for cue in _CUE_EN.finditer(text, *letters.span()):
            name = _NAME_EN.match(text, cue.end())
            if name and len(name.group()) > 1:
                yield name.span()
