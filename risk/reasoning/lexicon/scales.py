"""Words that move the risk, place a factor in an order, or call a value high or low."""

import re
from typing import Literal, NamedTuple

Way = Literal["raises", "lowers"]

_RISK = "(?:风险|违约(?:的)?(?:可能性?|概率|几率)|不还款的可能性?)"
_UP = (
    "推高|提高|增加|加大|抬高|抬升|推升|拉升|上升|升高|加重|加剧|拉高|放大|增大|增强|上行|走高"
    "|恶化|提升|变大|变高"
)
_DOWN = "降低|减少|减轻|缓解|拉低|减小|压低|削弱|缓释|下降|下行|走低|抑制|缓和|减弱|化解|变小|变低"
_FILLERS = (
    r"(?: (?:the|this|overall|credit|default|repayment|up|to|on|down|their|its|any|of|likelihood|"
    r"probability|chance|level|borrower's|applicant's|estimated)){0,5}"
)
_HARM = r" (?:risks?|default)\b"
_MOVES: tuple[tuple[Way, re.Pattern[str]], ...] = (
    (
        "raises",
        re.compile(
            rf"(?:{_UP})了?[^，。；,;]{{0,8}}{_RISK}|{_RISK}[^，。；,;]{{0,6}}(?:{_UP}|偏高|较高|更高|更大)"
            rf"|更[高大]的?{_RISK}"
            r"|不利(?:因素|影响|信号|的?一面|于)|(?:负面|消极)(?:因素|影响|信号)|减分|扣分|拖累"
            r"|\b(?:rais|increas|elevat|heighten|worsen|push|driv|add|aggravat|compound|lift)\w*"
            + _FILLERS
            + _HARM
            + r"|\b(?:higher|greater|more|elevated|increased|upward|heightened)"
            + _FILLERS
            + r" risk\b|\brisk(?:s)?(?: \w+){0,2}?"
            r" (?:higher|up|greater|upwards?|rises?|increases?|grows?)\b"
            r"|(?:是|属于|作为)(?:一项|一个)?[^，。；降低少缓]{0,6}风险因素|\b(?:is|are"
            r"|as) (?:an? )?(?:\w+ ){0,2}?risk factors?\b"
            r"|\briskier\b|\bmore likely\b|\brisk-(?:rais|increas)\w+"
            r"|\b(?:adverse|unfavou?rable|negative|aggravating) (?:factor|influence|effect|sign"
            r"|item|point)s?"
            r"|\b(?:counts?|weighs?|speaks?|tells|works) against\b",
            re.I,
        ),
    ),
    (
        "lowers",
        re.compile(
            rf"(?:{_DOWN})了?[^，。；,;]{{0,8}}{_RISK}|{_RISK}[^，。；,;]{{0,6}}(?:{_DOWN}|偏低|较低|更低|更小)"
            rf"|更[低小]的?{_RISK}"
            r"|(?<!不)有利(?:因素|影响|信号|的?一面|于)|(?:正面|积极)(?:因素|影响|信号)|加分"
            r"|\b(?:lower|reduc|decreas|mitigat|lessen|eas|diminish|soften|dampen|curb|cut|offset)\w*"
            + _FILLERS
            + _HARM
            + r"|\b(?:lower|less|smaller|reduced|downward)"
            + _FILLERS
            + r" risk\b|\brisk(?:s)?(?: \w+){0,2}?"
            r" (?:lower|down|smaller|downwards?|falls?|decreases?|shrinks?)\b"
            r"|\bsafer\b|\bless likely\b|\brisk-(?:lower|reduc)\w+"
            r"|(?<!un)\b(?:favou?rable|positive|mitigating) (?:factor|influence|effect|sign"
            r"|item|point)s?"
            r"|\b(?:counts?|weighs?|speaks?|tells|works) (?:for the|in (?:the|his|her|their"
            r"|its)\b[^,.;]{0,24}\bfavou?r)"
            r"|\bin the (?:applicant|borrower)'s favou?r\b",
            re.I,
        ),
    ),
)
_NOT = re.compile(
    r"(?:(?:不(?!仅|但|断|少|良|光|含|足)|没有?|未(?!来|结|偿|提供|填|说明)|并非|无法|难以|不能)[^，。；、的]{0,5}"
    r"|(?:\bnot|n't|\bnever|\bno|\bwithout|\bhardly|\bcannot|\bby no means"
    r"|\bin no way)(?: \w+){0,4} ?)$",
    re.I | re.A,
)

_NOT_WITHIN = re.compile("不(?!仅|但|断|少|良|光|含|足|利)|未(?!来|结|偿|提供|填|说明)|没")


def moves_risk(text: str) -> list[Way]:
    """Which ways a text says that the risk moves, in its order; a negation turns one round.

    Example:
        >>> moves_risk("this raises the risk"), moves_risk("并未降低风险")
        (['raises'], ['raises'])
    """
    said: list[tuple[int, Way]] = []
    for way, pattern in _MOVES:
        for found in pattern.finditer(text):
            before = text[max(0, found.start() - 40) : found.start()]
            denied = _denied(before) or _NOT_WITHIN.search(found[0])
            other: Way = "lowers" if way == "raises" else "raises"
            said.append((found.start(), other if denied else way))
    return [way for _, way in sorted(said)]


def _denied(before: str) -> bool:
    """Whether what follows these words is denied."""
    return bool(_NOT.search(before)) and not _NOT_ONLY.search(before)


_NOT_ONLY = re.compile(
    r"(?:不只|不单|并非唯一|不是唯一|\bnot (?:the )?(?:only|sole|just|merely)\b)[^，。；,;]{0,30}$",
    re.I,
)
_FIRST = re.compile(
    r"首要|首位|最主要|最为主要|最大|最重要|最为重要|最关键|最为关键|头号|最强|最突出|最显著|居首|榜首|首推|首当其冲|第一大|最核心|头一个|(?<!第)一号|"
    r"\b(?:most (?:important|significant|influential|powerful|prominent|decisive|weighty"
    r"|relevant|notable)|strongest|biggest|largest|greatest|foremost|primary|principal|"
    r"leading|heaviest|weightiest|top|(?<!at )first(?! time| loan| payment)|chief|(?:the|its"
    r"|as) main|main (?=factor|driver|reason|cause|item)|above all|number[- ]one)\b",
    re.I | re.A,
)
_LAST = re.compile(
    r"最次要|最为次要|最小|最弱|最轻微|末位|末尾|最后一位|排在最后|垫底|最不重要|"
    r"\b(?:least (?:important|significant|influential|weighty|weight)|(?:of|with) the least"
    r"|weakest|smallest|slightest|last in (?:order|rank|line)|lowest[- ]ranked)\b",
    re.I | re.A,
)
_LATER = re.compile(
    r"其次|次要|次之|再次|居后|靠后|随后|紧随其后|位居其后"
    r"|\b(?:second|secondary|minor|less (?:important|weighty|significant|influential)|lesser"
    r"|subordinate|further down|lower[- ]ranked|next in (?:order|line)|ranks? behind)\b",
    re.I | re.A,
)


Place = Literal["first", "last", "later", "not-first"]


def rank_words(text: str) -> dict[Place, str]:
    """Words that place a factor first, last, after the first, or not first.

    Example:
        >>> rank_words("并非首要因素"), rank_words("the main factor")
        ({'not-first': '首要'}, {'first': 'the main'})
    """
    places: tuple[tuple[Place, re.Pattern[str]], ...]
    places = (("last", _LAST), ("later", _LATER), ("first", _FIRST))
    said: dict[Place, str] = {}
    for place, pattern in places:
        for found in pattern.finditer(text):
            denied = _denied(text[max(0, found.start() - 24) : found.start()])
            if not denied:
                said.setdefault(place, found[0])
            elif place == "first":
                said.setdefault("not-first", found[0])
    return said


_VERY = "偏|较|较为|过|过于|很|相当|明显|颇|极|极其|十分|非常|比较|显著|特别|尤其|甚|异常"
_OTHERS = "(?:大?多数|绝大多数|一般|平均|其他|同类|大部分|中位)"
_HIGH = re.compile(
    rf"(?<!风险)(?:{_VERY})(?:的)?(?:高|多|大|长)(?!的?风险|影响|程度|幅度|地|一部分)|高企|居高|(?:处于|位于|属于)(?:较|很|偏)?高(?:位|水平|档)|频繁|众多|可观"
    rf"|(?:高于|多于|大于|超过|长于){_OTHERS}"
    r"|(?<=[不非])(?:算)?(?:高|多|长)(?![^，。；的]{0,2}风险)"
    r"|\b(?:high|large|long|many|above[- ]average|considerable|sizeable|sizable|substantial"
    r"|elevated|"
    r"heavy|numerous|frequent|higher than (?:most|many|average|typical|usual|peers))\b(?! risk)",
    re.I | re.A,
)
_LOW = re.compile(
    rf"(?<!风险)(?:{_VERY})(?:的)?(?:低|少|小|短)(?!的?风险|影响|程度|幅度)|微薄|稀少|短暂|(?:处于|位于|属于)(?:较|很|偏)?低(?:位|水平|档)"
    rf"|(?:低于|少于|小于|不及|短于){_OTHERS}"
    r"|(?<=[不非])(?:算)?(?:低|少|短)(?![^，。；的]{0,2}风险)"
    r"|\b(?:low|small|short|(?<!a )few|below[- ]average|modest|scant|meagre|slender|brief|"
    r"lower than (?:most|many|average|typical|usual|peers))\b(?! risk)",
    re.I | re.A,
)
_NOT_SO = re.compile(
    r"(?:(?:并?不(?:算|是|属于?|能说|见得)?|并非|没有|未必?|谈不上)(?:处于|明显|特别|十分|很|太"
    r"|显著)?|(?:\bnot|n't|\bnever|\bhardly|\bno)(?: \w+){0,2} ?)$",
    re.I | re.A,
)

Level = Literal["high", "low", "not-high", "not-low"]


def level_words(text: str) -> dict[Level, str]:
    """Words that call a value high or low, or say that it is not so.

    Example:
        >>> level_words("收入偏高"), level_words("it is not high")
        ({'high': '偏高'}, {'not-high': 'high'})
    """
    said: dict[Level, str] = {}
    for found in _HIGH.finditer(text):
        said.setdefault("not-high" if _so_denied(text, found.start()) else "high", found[0])
    for found in _LOW.finditer(text):
        said.setdefault("not-low" if _so_denied(text, found.start()) else "low", found[0])
    return said


def _so_denied(text: str, at: int) -> bool:
    before = text[max(0, at - 16) : at]
    return bool(_NOT_SO.search(before)) and not _NOT_ONLY.search(before)


class Order(NamedTuple):
    """That of two values the first is said to be larger or smaller, or not to be."""

    way: Literal["larger", "smaller"]
    denied: bool


_LARGER = re.compile(
    r"高于|大于|超过|多于|高出|超出|长于|exceed(?:s|ing)?\b|\b(?:higher|more|greater|larger"
    r"|longer) than|\babove\b|\bover\b",
    re.I,
)
_SMALLER = re.compile(
    r"低于|小于|少于|不及|不足|短于|\b(?:lower|less|smaller|fewer|shorter) than|\bbelow\b"
    r"|\bunder\b|\bfalls? short of",
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
    r"|\b(?:loan|application|applicant) (?:is|was|has been) (?:hereby )?(?:approved|declined"
    r"|rejected|granted)\b"
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


_FORMER = re.compile(
    r"比[^，。；]{1,24}更为?(?:突出|重要|大|强|显著|关键|靠前|高)|前者[^，。；]{0,8}(?:更[强大重高多]|为主|居先|靠前|优先|占主)|(?:影响|作用|权重|贡献|分量)[^，。；]{0,4}(?:大于|强于|超过|高于|重于|多于)|(?:先于|重于|强于)"
    r"|(?:其后|其次|随后|接着|然后|再次)(?:才|则|又)?(?:是|为)|之后(?:才)?是"
    r"|\bthe former\b[^,.;]{0,30}\b(?:more|stronger|greater|heavier|larger|outweigh\w*|ahead"
    r"|higher)\b|\boutweigh\w*\b|\bahead of\b"
    r"|\b(?:stronger|greater|larger|heavier|bigger|higher)\b[^,.;]{0,20}\bthan\b"
    r"|\bmore (?:strongly |heavily )?than\b|\bfollowed by\b|\bbefore\b|\babove\b"
    r"|\b(?:only |and )?then (?:comes?|by)?\b",
    re.I,
)
_LATTER = re.compile(
    r"后者[^，。；]{0,8}(?:更[强大重高多]|为主|居先|靠前|优先|占主)|(?:影响|作用|权重|贡献)[^，。；]{0,4}(?:小于|弱于|低于|不及|次于)|次于|不及"
    r"|\bthe latter\b[^,.;]{0,30}\b(?:more|stronger|greater|heavier|larger|outweigh\w*|ahead"
    r"|higher)\b|\b(?:less|weaker|smaller|lower)\b[^,.;]{0,20}\bthan\b|\bbehind\b",
    re.I,
)


def pair_order(text: str) -> Literal["first", "second"] | None:
    """Which of two factors a text tells as the greater, by the order in which it names them.

    Example:
        >>> pair_order("{}与{}都推高风险，前者的作用更强"), pair_order("{} comes behind {}")
        ('first', 'second')
    """
    former, latter = _FORMER.search(text), _LATTER.search(text)
    if bool(former) == bool(latter):
        return None
    return "first" if former else "second"
