"""Numbers, dates and units in a claim's own text, which may stand there as slots alone."""

import re
import unicodedata

_NUMERAL = "零〇一二两三四五六七八九十百千万亿兆廿卅壹贰叁肆伍陆柒捌玖拾佰仟萬億"
_MANY = _NUMERAL.replace("一", "")
_MEASURE = (
    "个月|个|年|月|日|天|周|星期|季|次|笔|家|元|块|角|成|倍|份|人|位|项|条|期|号|张|户|岁|名|套|辆|"
    "处|度|点|折|分|种|级|档|类|页|段|句|方|者|轮|届|番|半|多|余|几|来"
)
# 一 before these counts; before others it is an article or part of a word.
_COUNTED = "个月|年|月|日|天|周|星期|季|次(?!性)|笔|元|块|成|倍|期|岁|号|半|辆|户"
_HARMLESS = re.compile(
    r"万一|万分|万无一失|千万(?=[别不要请])|十分(?!之)|第三方|三方|四处|四周|两者|二者|两方|两处|两份|百般|千方百计"
    r"|一一(?![笔个次元年月天件])|再三|三思|三角|五险一金|五金|三农|四季|三餐|接二连三|张三李四"
    r"|三番五次|半信半疑|double-check|\bone (?:can|could|may|might|should|must|would|finds?"
    r"|reads?|sees?|notes?)\b|third[- ]part(?:y|ies)|one another|no one|one of",
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
            "百分|千分|(?<!评)分之|[%％‰‱]",
            "半(?:年|个?月|数|天|日|成|价)|一半|过半|大半|(?:翻|加|成|双|数)倍|翻番",
            r"\b(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w{3,5}teen|"
            r"twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|"
            r"billions?|dozens?|half|halved|halves|a quarter of|quarters of|twice|thrice|doubled?|"
            r"tripled?|percent\w*|per cent|thirds?|fourth|fifth|sixth|seventh|eighth|ninth|"
            r"tenth)\b",
            r"(?<!\bthe )(?<!\bthis )(?<!\bthat )(?<!\bany )(?<!\beach )(?<!\bevery )(?<!\bwhich )"
            r"\bone\b",
            r"\b(?:January|February|April|June|July|August|September|October|November|December)\b",
            r"\b(?:in|on|since|by|until|from|of|last|this|next|early|late|mid) (?:March|May)\b",
            "[三四五六七八九叁肆伍陆柒捌玖]",
            "(?:为|是|达)一(?=[，。；、）)]|$)",
            f"(?:为|是|达|有|共|约|仅|到|至|于|[，：、])[{_MANY}](?![㐀-鿿])|^[{_MANY}](?![㐀-鿿])",
            "去年|前年|今年|明年|上个?月|本月|下个?月|上周|本周|昨[天日]|今[天日]|星期[一二三四五六日天]|周[一二三四五六日](?!转)"
            "|(?<!每)年[底初末](?!余)|月[底初末]|季度",
            r"\b(?:last|this|next) (?:year|month|week|quarter|spring|summer|autumn|winter|fall)\b",
            r"\b(?:yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)day|quarter(?:ly)?)\b",
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
    r"(?<!label)\}\s*[（(]?\s*-?(万|千|百|亿|元|[美港欧日英]元|块|个月|个?季度|小时|月(?!均|度|供|付|入|收)|年(?!化|度|龄|均|内|收|限)|天"
    r"|日(?!均|常|前|后)|岁|次|倍|个百分点|周(?!转|边|围|期)|成(?![为了立功员本绩效])|%|％"
    r"|percent|per cent|(?:months?|years?|days?|"
    r"weeks?|quarters?|hours?|times|yuan|dollars?|euros?|rmb|cny|usd|k|m|thousand|million|billion|"
    r"percentage points?|in units)\b)",
    re.I,
)
_UNIT_BEFORE = re.compile(
    r"((?:\b(?:cny|rmb|usd|eur|hkd)\b|[¥￥$€£]|[美港欧日英]元|人民币)\s*)\{F", re.I
)
_COUNTED_IN = re.compile(
    r"以[^，。；{}]{0,4}(?:计|为单位)|按(?:季度|年|天|日|周|小时)(?:计|数|算|统计)|单位[为是：:]|[美港欧日英]元计"
    r"|\bin (?:tens of |hundreds of |units of )?(?:ten )?(?:thousands?|millions?)\b"
    r"|\bin (?:days|weeks|quarters|years|months|hours),|\b(?:dollar|euro|usd"
    r"|yuan)s?[- ]denominated\b|\bdenominated in\b"
    r"|\b(?:measured|counted|expressed|given|stated) in (?!the\b|a\b|his\b|her\b)\w+",
    re.I,
)


def stray_unit(sentence: str) -> str:
    """A unit beside a slot, which brings its own, or one that a value is said to be counted in.

    Takes the sentence with its slots.
    """
    found = _UNIT_AFTER.search(sentence) or _UNIT_BEFORE.search(sentence)
    if found:
        return found[1].strip()
    counted = _COUNTED_IN.search(sentence)
    return counted[0].strip() if counted else ""
