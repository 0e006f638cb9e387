"""Words that move the risk, place a factor in an order, or call a value high or low."""

import re
from typing import Literal, NamedTuple

_FILLERS = r"(?: (?:the|this|overall|credit|default|repayment|up|to|their|its|any|of)){0,4}"
_MOVES: tuple[tuple[Literal["raises", "lowers"], re.Pattern[str]], ...] = (
    (
        "raises",
        re.compile(
            r"(?:推高|提高|增加|加大|抬高|抬升|上升|升高|加重|拉高|放大|增大|增强)了?[^，。；,;]{0,8}风险|风险[^，。；,;]{0,6}"
            r"(?:推高|提高|增加|加大|上升|升高|偏高|较高|更高|加重)"
            r"|\b(?:rais|increas|elevat|heighten|worsen|push|driv|add)\w*"
            + _FILLERS
            + r" risk\b|\b(?:higher|greater|more|elevated|increased) risk\b|\briskier\b",
            re.I,
        ),
    ),
    (
        "lowers",
        re.compile(
            r"(?:降低|减少|减轻|缓解|拉低|减小|压低|削弱|缓释)了?[^，。；,;]{0,8}风险|风险[^，。；,;]{0,6}"
            r"(?:降低|减少|下降|减轻|偏低|较低|更低)"
            r"|\b(?:lower|reduc|decreas|mitigat|lessen|eas|diminish)\w*" + _FILLERS + r" risk\b"
            r"|\b(?:lower|less|smaller|reduced) risk\b|\bsafer\b",
            re.I,
        ),
    ),
)
_NOT = re.compile(
    r"(?:不(?!仅|但|断|少|良|光)|没|未(?!来)|并非|无法|难以|不能|\bnot|n't|\bnever|\bno|\bwithout|\bhardly|\bcannot)"
    r"[\s\w]{0,8}$",
    re.I,
)

_NOT_WITHIN = re.compile("不(?!仅|但|断|少|良|光)|未(?!来)|没")


def moves_risk(text: str) -> set[str]:
    """Which way a text says that the risk moves; a negation turns it round.

    Example:
        >>> moves_risk("this raises the risk"), moves_risk("并未降低风险")
        ({'raises'}, {'raises'})
    """
    said: set[str] = set()
    for way, pattern in _MOVES:
        for found in pattern.finditer(text):
            denied = _NOT.search(text[max(0, found.start() - 14) : found.start()])
            denied = denied or _NOT_WITHIN.search(found[0])
            said.add({"raises": "lowers", "lowers": "raises"}[way] if denied else way)
    return said


_FIRST = re.compile(
    r"首要|最主要|最大|最重要|最关键|头号|最强|最突出|最显著|居首|"
    r"\b(?:most important|strongest|biggest|largest|greatest|foremost|primary|principal|leading|"
    r"heaviest|top|(?<!at )first(?! time| loan| payment)|chief|(?:the|its) main)\b",
    re.I | re.A,
)
_LAST = re.compile(
    r"最次要|最小|最弱|最轻微|末位|\b(?:least important|weakest|smallest|slightest)\b", re.I | re.A
)
_LATER = re.compile(r"其次|次要|\b(?:second|secondary|minor)\b", re.I | re.A)


def rank_words(text: str) -> dict[Literal["first", "last", "later"], str]:
    """Words that place a factor first, last, or after the first."""
    places: tuple[tuple[Literal["first", "last", "later"], re.Pattern[str]], ...]
    places = (("last", _LAST), ("later", _LATER), ("first", _FIRST))
    return {place: found[0] for place, pattern in places if (found := pattern.search(text))}


_HIGH = re.compile(
    r"(?<!风险)(?:偏高|较高|过高|偏多|较多|过多|偏大|较大|偏长|较长)(?!的?风险)|(?:高于|多于|大于|超过)(?:大?多数|绝大多数|一般|平均|"
    r"其他|同类|大部分|中位)"
    r"|\b(?:high|large|long|many|above[- ]average|"
    r"higher than (?:most|many|average|typical|peers))\b(?! risk)",
    re.I | re.A,
)
_LOW = re.compile(
    r"(?<!风险)(?:偏低|较低|过低|偏少|较少|过少|偏小|较小|偏短|较短)(?!的?风险)|(?:低于|少于|小于|不及)(?:大?多数|绝大多数|一般|平均|"
    r"其他|同类|大部分|中位)"
    r"|\b(?:low|small|short|(?<!a )few|below[- ]average|"
    r"lower than (?:most|many|average|typical|peers))\b(?! risk)",
    re.I | re.A,
)


def level_words(text: str) -> dict[Literal["high", "low"], str]:
    """Words that call a value high or low."""
    places: tuple[tuple[Literal["high", "low"], re.Pattern[str]], ...]
    places = (("high", _HIGH), ("low", _LOW))
    return {place: found[0] for place, pattern in places if (found := pattern.search(text))}


class Order(NamedTuple):
    """That of two values the first is said to be larger or smaller, or not to be."""

    way: Literal["larger", "smaller"]
    denied: bool


_LARGER = re.compile(
    r"高于|大于|超过|多于|高出|超出|长于|exceed(?:s|ing)?\b|\b(?:higher|more|greater|larger|longer) than|\babove\b|\bover\b",
    re.I,
)
_SMALLER = re.compile(
    r"低于|小于|少于|不及|不足|短于|\b(?:lower|less|smaller|fewer|shorter) than|\bbelow\b|\bunder\b|\bfalls? short of",
    re.I,
)


def compared(between: str) -> Order | None:
    """How the words between two values compare them; None where they do not, or do so twice.

    Example:
        >>> compared(" does not exceed "), compared("与")
        (Order(way='larger', denied=True), None)
    """
    larger, smaller = _LARGER.search(between), _SMALLER.search(between)
    if bool(larger) == bool(smaller):
        return None
    found = larger or smaller
    if found is None:
        return None
    return Order("larger" if larger else "smaller", bool(_NOT.search(between[: found.start()])))


_VERDICT = re.compile(
    r"(?:建议|应当?|应该|可以?|必须|务必|直接|立即|一律|同意|予以|准予)(?:予以|给予|直接|立即|尽快)?(?:批准|核准|放款|批贷|拒绝|拒贷|否决|通过(?:该|此|本|审批|申请))"
    r"|(?:该|本|此)(?:笔)?(?:申请|贷款)(?:已|获得?|被|应)?(?:批准|核准|通过|拒绝|否决)|结论(?:为|是|：)(?:批准|通过|拒绝)"
    r"|\b(?:should|must|recommend\w*|advise\w*|ought to|can safely|ready to) (?:\w+ ){0,4}?(?:be )?"
    r"(?:approv|declin|reject|refus|grant|accept)(?:e|ed|al|ing)?\b"
    r"|\b(?:loan|application|applicant) (?:is|was|has been) (?:hereby )?(?:approved|declined|rejected|granted)\b"
    r"|^\s*(?:approved?|declined?|rejected?)\b",
    re.I,
)
_REPORTED = re.compile(
    r"要求|请求|希望|指令|可疑|疑似|催促|试图|\b(?:asks?|asked|demand\w*|instruct\w*|request\w*|suspicious|tries|urges?|orders?|tells)\b",
    re.I,
)


def verdict(text: str) -> str:
    """The words by which a text decides on the loan; reporting that a document does is none.

    Example:
        >>> verdict("建议直接批准该申请"), verdict("文件要求直接批准，甚为可疑")
        ('建议直接批准', '')
    """
    found = _VERDICT.search(text)
    return found[0].strip() if found and not _REPORTED.search(text) else ""
