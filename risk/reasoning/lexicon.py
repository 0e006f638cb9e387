"""The words that checks look for in a claim's own text, Chinese and English.

Every function takes text without slots: what code fills in needs no check.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from features.language import Language, Text

_NUMERAL = "零〇一二两三四五六七八九十百千万亿兆廿卅壹贰叁肆伍陆柒捌玖拾佰仟萬億"
_MANY = _NUMERAL.replace("一", "")
_MEASURE = (
    "个月|个|年|月|日|天|周|星期|季|次|笔|家|元|块|角|成|倍|份|人|位|项|条|期|号|张|户|岁|名|套|辆|"
    "处|度|点|折|分|种|级|档|类|页|段|句|方|者|轮|届|番|半|多|余|几|来"
)
# 一 before these counts; before others it is an article or part of a word.
_COUNTED = "个月|年|月|日|天|周|星期|季|次(?!性)|笔|元|块|成|倍|期|岁|号|半|辆|户"
_HARMLESS = re.compile(
    "万一|万分|万无一失|千万(?=[别不要请])|十分|第三方|三方|四处|四周|两者|二者|两方|两处|两份|百般|千方百计"
    "|一一|三番五次|半信半疑|double-check|third[- ]part(?:y|ies)|one another|no one|one of",
    re.I,
)
_NUMBERS = re.compile(
    "|".join(
        (
            f"第[{_NUMERAL}]+",
            f"[{_NUMERAL}]{{2,}}",
            f"[{_MANY}](?:{_MEASURE})",
            f"一(?:{_COUNTED})",
            "[0-9几数上近约超逾多余 ][万亿萬億]|[万亿萬億](?=[元块美港欧日英人多余以])",
            "百分|千分|分之|[%％‰‱]",
            "半(?:年|个?月|数|天|日|成|价)|一半|过半|大半|(?:翻|加|成|双|数)倍|翻番",
            r"\b(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w{3,5}teen|"
            r"twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|"
            r"billions?|dozens?|half|halved|halves|a quarter of|quarters of|twice|thrice|doubled?|"
            r"tripled?|percent\w*|per cent|thirds?|fourth|fifth|sixth|seventh|eighth|ninth|"
            r"tenth)\b",
            r"(?<!\bthe )(?<!\bthis )(?<!\bthat )(?<!\bany )(?<!\beach )(?<!\bevery )(?<!\bwhich )"
            r"\bone\b",
            r"\b(?:January|February|April|June|July|August|September|October|November|December)\b",
            r"\b(?:in|on|since|by|until|from|of|last|early|late|mid) (?:March|May)\b",
        )
    ),
    re.I | re.A,
)


def numbers(text: str) -> str:
    """The first thing in a text that states a number or a date; empty where nothing does.

    Example:
        >>> numbers("逾期三次"), numbers("about 3"), numbers("一个问题，十分重要")
        ('三次', '3', '')
    """
    for character in text:
        # "Nl" and "No" hold Roman numerals, circled and raised digits.
        plain = character <= "\x7f" and not character.isdigit()
        if not plain and unicodedata.category(character)[0] == "N":
            return character
    found = _NUMBERS.search(_HARMLESS.sub(" ", text))
    return found[0].strip() if found else ""


_UNIT_AFTER = re.compile(
    r"\}\s*-?(万|千|百|亿|元|美元|块|个月|月(?!均|度|供|付|入|收)|年(?!化|度|龄|均|内|收|限)|天|日(?!均|常|前|后)|岁|次"
    r"|倍|%|％|percent|per cent|(?:months?|years?|days?|times|yuan|dollars?|rmb|cny|usd|k|m|"
    r"thousand|million)\b)",
    re.I,
)
_UNIT_BEFORE = re.compile(r"((?:\b(?:cny|rmb|usd|eur|hkd)\b|[¥￥$€£])\s*)\{F", re.I)


def stray_unit(sentence: str) -> str:
    """A unit beside a slot, which brings its own; takes the sentence with its slots."""
    found = _UNIT_AFTER.search(sentence) or _UNIT_BEFORE.search(sentence)
    return found[1].strip() if found else ""


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


_COMPARES = re.compile(
    r"\{(F\d+)\}[^{}]{0,12}?(?:(高于|大于|超过|多于|exceeds?|higher than|above|more than|"
    r"greater than|larger than)|(低于|小于|少于|不及|lower than|below|less than|smaller than))"
    r"[^{}]{0,12}\{(F\d+)\}",
    re.I,
)


def comparisons(sentence: str) -> list[tuple[str, str, str]]:
    """Pairs of slots that a sentence compares, as (larger, smaller, words); slots kept.

    Example:
        >>> comparisons("{F2} is below {F1}")
        [('F1', 'F2', '{F2} is below {F1}')]
    """
    return [
        (found[1], found[4], found[0]) if found[2] else (found[4], found[1], found[0])
        for found in _COMPARES.finditer(sentence)
    ]


_PROTECTED = re.compile(
    r"性别|男性|女性|婚姻|已婚|未婚|离异|离婚|丧偶|单身|怀孕|孕期|哺乳|生育|民族|汉族|回族|种族|肤色|宗教|信仰|佛教|基督|伊斯兰|"
    r"穆斯林|籍贯|户籍|外地人|残疾|残障|性取向|同性恋|政治面貌|党员|国籍|血型"
    r"|\b(?:gender|sex|males?|females?|wom[ae]n|marital|married|unmarried|divorced?|widow(?:ed|er)?|"
    r"pregnan\w+|maternity|childbearing|race|racial|ethnic\w*|skin colou?r|religio\w+|muslim|"
    r"christian|buddhist|jewish|hindu|nationality|national origin|disab\w+|sexual orientation|gay|"
    r"lesbian|political (?:party|affiliation))\b",
    re.I | re.A,
)
_AGE = re.compile(
    r"年龄|年纪|年轻|年老|高龄|岁数|\b(?:age[ds]?|young(?:er)?|elderly|old age)\b", re.I
)
_SPEAKS_OF_AGE = re.compile(r"年龄|\bage\b|birth|出生", re.I)


def protected(text: str, names: Iterable[Text], allowed: Iterable[Text]) -> str:
    """The first protected attribute a text speaks of; empty where there is none.

    Args:
        text: The text.
        names: What the portfolio's dictionary calls its protected fields.
        allowed: Labels of fields that the model may use. A label as it stands is no offence, nor
            is a whole word of one, unless the portfolio itself protects it: "account age" does
            not let a text speak of age.

    Example:
        >>> age, account = Text(zh="年龄", en="age"), Text(zh="账户年龄", en="account age")
        >>> protected("A short account age; her age is high.", [age], [account])
        'age'
    """
    own: list[re.Pattern[str]] = []
    for name in names:
        own += [_word(said) for said in (name.zh, name.en) if len(said) > 1]
        if _SPEAKS_OF_AGE.search(f"{name.zh} {name.en}"):
            own.append(_AGE)
    if not any(pattern.search(text) for pattern in (_PROTECTED, *own)):
        return ""
    labels = sorted({said for label in allowed for said in (label.zh, label.en) if len(said) > 1})
    for said in sorted(labels, key=len, reverse=True):
        text = _word(said).sub(" ", text)
    for pattern in own:
        if found := pattern.search(text):
            return found[0]
    hits = (found[0] for found in _PROTECTED.finditer(text))
    return next((h for h in hits if not any(mentions(label, h) for label in labels)), "")


def mentions(text: str, label: str) -> bool:
    """Whether a text speaks of something by its label."""
    return label.lower() in text.lower() and bool(_word(label).search(text))


_WORDS: dict[str, re.Pattern[str]] = {}


def _word(label: str) -> re.Pattern[str]:
    """A label as a whole word where it is written in letters with spaces between words."""
    if label not in _WORDS:
        edge = r"\b" if label.isascii() else ""
        _WORDS[label] = re.compile(f"{edge}{re.escape(label)}{edge}", re.I | re.A)
    return _WORDS[label]


_HAN = re.compile("[㐀-鿿]")
_LETTER = re.compile("[A-Za-zÀ-ɏ]")
_FOREIGN = re.compile("[Ͱ-῿぀-ヿ가-힣]")


def in_language(text: str, language: Language) -> bool:
    """Whether a text is written in the language; one without letters is in either."""
    han, letters = len(_HAN.findall(text)), len(_LETTER.findall(text))
    if _FOREIGN.search(text):
        return False
    # Short foreign names are usual in Chinese; Chinese in English stands in quotes only.
    return letters <= 3 * han if language == "zh" else han == 0


def length(text: str, language: Language) -> int:
    """Characters of Chinese, words of English; Chinese inside English counts by character."""
    if language == "zh":
        return len(text)
    return len(_HAN.findall(text)) + len(_HAN.sub(" ", text).split())
