"""Denials in a claim's own words: of a quote, of a conflict, of what is missing."""

import re
from typing import Literal

_NO_ZH = "(?:并?未曾?|并?没有?|并非|不曾|从未|未能|无法|不|无|否认)"
_SAYS_ZH = (
    "(?:提到|提及|显示|写明|写|记录|记载|说明|说|载明|称|表示|列示|列明|反映|承认|证实|确认"
    "|支持|指出|透露|注明|体现|出现|包含|含有|涉及|存在|认为)"
)
_DENIED_ZH = re.compile(
    f"(?:{_NO_ZH}(?:曾|再|能|有|予以)?{_SAYS_ZH}|否认|并非)了?(?:过|出)?[^，。；{{}}]{{0,4}}$"
)
_DENIED_EN = re.compile(
    r"(?:\b(?:does|do|did|is|are|was|were|has|have|had|could|can|would)(?: not| never|n't)"
    r"|\bnever|\bnowhere|\bcannot|\bfail(?:s|ed)? to|\bby no means|\bin no way)(?: \w+){0,2}? "
    r"(?:stat|say|said|mention|show|record|contain|hold|report|not|support|confirm|bear|read|writ|giv|"
    r"list|includ|indicat|speak|tell|prove|claim|suggest|amount|point"
    r"|add)\w*(?: \w+){0,3}[:\"“]?\s*$"
    r"|\b(?:den(?:y|ies|ied)|refut\w+|no mention of|contrary to)(?: \w+){0,2}[:\"“]?\s*$",
    re.I,
)
# What may well leave a document's words out: the score, the form, the applicant.
_OTHER_SPEAKER = re.compile(
    r"评分|模型|打分|因素|申请表|表单|表格|申请资料|申请中|未填|没填|未披露|没有披露|填报"
    r"|\b(?:scores?|model|drivers?|factors?|form|application|scorecard|reason codes?)\b",
    re.I,
)
_UNTRUE = re.compile(
    r"^[”\"」』]?\s*(?:的?(?:说法|内容|情况|记录)?(?:并?不属实|并非事实|不成立|不是事实|并非如此|有误|是错误的|为虚假)"
    r"|(?:,\s*which )?(?:is|was|are|were) (?:not (?:true|so|the case|correct|stated|recorded)"
    r"|untrue|false|wrong|incorrect)\b)",
    re.I,
)


def denies(before: str, after: str) -> str:
    """The words by which a sentence denies what it quotes; empty where it does not.

    Args:
        before: The clause before the quote.
        after: What follows it.

    Example:
        >>> denies("信贷员记录未提到", ""), denies("评分未反映", "")
        ('未提到', '')
    """
    found = _DENIED_ZH.search(before) or _DENIED_EN.search(before)
    if found and not _OTHER_SPEAKER.search(before):
        return found[0].strip()
    untrue = _UNTRUE.search(after)
    return untrue[0].strip() if untrue else ""


_AGREES = re.compile(
    r"一致|相符|吻合|匹配|对得上|印证|佐证|相同|无出入|符合"
    r"|\b(?:agree(?:s|d|ment)?|consistent(?:ly)?|match(?:es|ed|ing)?|tall(?:y|ies)|in line|"
    r"confirm(?:s|ed|ing)?|correspond(?:s|ed)?|coincides?|bears? out|corroborat\w+|"
    r"align(?:s|ed)?|square(?:s|d)?|the same|identical|fits?)\b",
    re.I,
)
_DIFFERS = re.compile(
    r"矛盾|冲突|出入|差异|差距|相左|相悖|相反|抵触|偏差|分歧|两样|对不上|落差|背离"
    r"|\b(?:contradict\w*|conflict\w*|differ(?:s|ed|ent|ence|ences)?|discrepan\w+|inconsisten\w+|"
    r"mismatch\w*|disagree\w*|at odds|diverg\w+|incompatible|clash\w*|contrary|contrast\w*|"
    r"gap between)\b",
    re.I,
)
_NEGATED = re.compile(
    r"(?:不(?!同|仅|但|断|少|良|光)|没有?|未(?!来)|并非|无法|难以|无|缺乏|\bnot\b|n't\b|\bnever\b|\bno\b|\bwithout\b|"
    r"\bhardly\b|\bcannot\b|\bnor\b|\bfar from\b|\bfail(?:s|ed)? to\b)[^，。；,;{}]{0,12}$",
    re.I,
)


def compares(text: str) -> set[Literal["agrees", "differs"]]:
    """Whether a text says that two sides agree or differ; a negation turns it round.

    Example:
        >>> compares("两者并不一致"), compares("there is no contradiction")
        ({'differs'}, {'agrees'})
    """
    said: set[Literal["agrees", "differs"]] = set()
    for way, pattern in (("agrees", _AGREES), ("differs", _DIFFERS)):
        for found in pattern.finditer(text):
            turned = bool(_NEGATED.search(text[max(0, found.start() - 20) : found.start()]))
            said.add("agrees" if (way == "agrees") != turned else "differs")
    return said


_ABSENT = re.compile(
    r"缺失|缺少|缺乏|欠缺|空缺|空白|漏填|不详|未知|缺"
    r"|(?:尚未|并未|未曾|没有?|未)(?:予以|能)?(?:提供|填写|填报|填|披露|说明|给出|告知|注明|附上?|提交|写明|列明|提及|提到|数据)"
    r"|无(?:法(?:核实|确认|判断|得知|知悉)|从|数据)"
    r"|\b(?:missing|absent|lack(?:s|ing)?|blank|unknown|unstated|omitted|left out|left empty|"
    r"incomplete|unavailable|undisclosed|gap)\b"
    r"|(?:\bnot|n't|\bnever)(?: been)? (?:given|provided|stated|supplied|filled|fill|disclosed"
    r"|available|"
    r"submitted|declared|known|say|state|give|provide|on file|in the file|include)\w*\b"
    r"|\bwithout\b|\bno\b",
    re.I,
)
_GIVEN = re.compile(
    r"(?:已经?|均已|都已|业已|如实)(?:提供|填写|填报|填|披露|说明|给出|提交|列明|写明|齐全|完整)|齐全|完备|完整(?!性)"
    r"|有数据"
    r"|\b(?:(?:is|are|was|has been|have been) (?:already |duly |fully )?"
    r"(?:given|provided|stated|supplied|filled in|disclosed|available|submitted|declared|known"
    r"|complete))\b"
    r"|(?<!not )\bfilled in\b|\bapplicant (?:states|gives|gave|provided|stated|filled)\b"
    r"|\bon file\b",
    re.I,
)
_TWICE = re.compile(
    r"(?:并?不(?:是|存在)?|没有|并非|毫?无|未见|\b(?:not|never|nor|nothing)(?: left| a| been)?"
    r"|n't(?: left)?|\bno longer|\bno) ?$",
    re.I,
)
_SUPPOSED = re.compile(
    r"[若如]|一旦|倘|假使|待|\b(?:if|once|until|unless|would|should|were)\b", re.I
)


def absence(text: str) -> set[Literal["absent", "given"]]:
    """Whether a text says that something is missing or that it is there; double denial is that.

    Example:
        >>> absence("尚未提供"), absence("was already provided"), absence("并不缺失")
        ({'absent'}, {'given'}, {'given'})
    """
    found: set[Literal["absent", "given"]] = set()
    for match in _ABSENT.finditer(text):
        twice = _TWICE.search(text[max(0, match.start() - 14) : match.start()])
        found.add("given" if twice else "absent")
    if _GIVEN.search(text) and not _SUPPOSED.search(text):
        found.add("given")
    return found


_TIED = re.compile(
    r"(?:没有|不存在|并无|并未发现|未发现|无)(?:其他|任何)?\s*(?:\{|关联|联系|相同|共用|重合)"
    r"|(?<![非不])是孤立|(?<!not )\b(?:is|as) an? isolated\b|\bnot (?:tied|connected|linked"
    r"|related)\b"
    r"|\bno (?:connect|link|tie|other application|related|such)\w*|\b(?:do|does) not (?:amount"
    r"|indicate|point|show|suggest)\b"
    r"|\bthere (?:are|is) no\b|\bunrelated\b|\bunconnected\b",
    re.I,
)


def unties(sentence: str) -> str:
    """The words by which a sentence denies a tie to other applications; takes it with its slots.

    Example:
        >>> unties("没有{F30}"), unties("并非孤立申请")
        ('没有{', '')
    """
    found = _TIED.search(sentence)
    return found[0] if found else ""


_RIGHT_AFTER = 14


def absence_right_after(text: str) -> Literal["absent", "given", ""]:
    """Whether what a name stands before is said to be missing or given, in the next few words.

    Example:
        >>> absence_right_after("尚未提供"), absence_right_after(" was given")
        ('absent', 'given')
        >>> absence_right_after("的证明缺失")
        ''
    """
    near = text[:_RIGHT_AFTER] if not text.isascii() else " ".join(text.split()[:4])
    if _PROOF.search(near):
        return ""
    found = absence(near)
    return next(iter(found)) if len(found) == 1 else ""


_PROOF = re.compile(
    r"证明|材料|凭证|佐证|依据|来源|明细|proof|evidence|document|support|source", re.I
)


_NO = re.compile(
    r"不(?!同|仅|但|断|少|良|光|含|足|动产|利|如|定|一|清|明)|没|未(?!来|结清|还清)|(?<!毫)无|并非|\b(?:not?|never|none|nothing|nor|without|cannot)\b|n't\b",
    re.I,
)
_EITHER = re.compile(
    r"零散|更改|多次|非|含糊|避而|(?<![0-9.])0(?![0-9.])|\b(?:irregular|chang(?:ing|ed)|vague|evasive|hardly)\b",
    re.I,
)
_CLEAN = re.compile(r"良好|白户|\bclean\b", re.I)
_THERE_IS = re.compile(
    r"存在|(?<!没)有|可见|见到|出现|发生|仍未|确有|\b(?:(?:were|was|are|is) (?:seen|found"
    r"|present|recorded)|there (?:is|are|was|were)|exists?|still)\b",
    re.I,
)


def side(text: str, *, fact: bool = False) -> Literal["is", "is-not", "either", ""]:
    """Whether a clause says that there is something, that there is not, or neither.

    Args:
        text: The clause.
        fact: It is the document's own: what it does not deny is so.

    Example:
        >>> side("征信不存在逾期"), side("近24个月逾期1次", fact=True), side("关于逾期")
        ('is-not', 'is', '')
    """
    if fact and _EITHER.search(text):
        return "either"
    if _NO.search(text) or (fact and _CLEAN.search(text)):
        return "" if not fact and _OTHER_SPEAKER.search(text) else "is-not"
    return "is" if fact or _THERE_IS.search(text) else ""
