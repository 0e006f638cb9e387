"""Names of people, firms and places in a claim's own words."""

import re
import unicodedata
from collections.abc import Iterator

from features.language import Language

_LATIN = re.compile(
    r"(?<![.!?:;\"“(] )(?<![A-Za-z\-'])(?<!^)[A-Z][a-z]{2,}(?:[ -][A-Z][a-z]+)*", re.M
)
_USUAL = frozenset(
    [
        "applicant",
        "application",
        "bank",
        "borrower",
        "case",
        "client",
        "credit",
        "customer",
        "debt",
        "document",
        "evidence",
        "fact",
        "file",
        "form",
        "income",
        "loan",
        "model",
        "monthly",
        "note",
        "notes",
        "officer",
        "payment",
        "rank",
        "risk",
        "score",
        "statement",
        "chinese",
        "english",
        "china",
        "yuan",
        "question",
        "although",
        "however",
        "while",
        "this",
        "the",
    ]
)
_FIRM = re.compile(
    r"([㐀-鿿]{2,12}?)(?:股份|有限|责任)*(公司|集团|银行|医院|学校|大学|学院|中学|小学|工厂|事务所|研究院|合作社|商行|经营部|超市|酒店|饭店|餐厅)(?!流水|账户|账单|卡|对账|存款|贷款|记录|的流水)"
)
# What stands before such a word where it names no one in particular.
_ANY = re.compile(
    r"(?:该|本|此|其|某|各|同|原|现|新|旧|前|后|另|我|贵|他|小|大|母|子|分|总|多|家|间|个|所|的|在|于|从|由|向|对|与|和|及|或|是|为|称|据|到|给|被"
    r"|商业|其他|其它|民营|私营|国有|外资|合资|上市|贷款|小贷|保险|担保|信托|金融|消费金融|网贷|房产|装修|任职|供职|就职|工作|所属|缴费|参保|发薪|雇主|用人|关联|同一|不同|合作|放款|多家|两家)$"
)
_PERSON = re.compile(
    r"(?<![㐀-鿿])?([王李刘陈杨赵黄周吴徐孙胡朱郭何罗梁宋郑谢韩唐冯董萧程曹袁邓傅沈曾彭吕苏卢蒋蔡魏薛叶阎潘杜戴钟汪田姜范石姚谭廖邹熊陆孔崔邱秦江史顾侯邵孟龙段雷钱汤尹黎常武贺赖龚文张马林高]"
    r"(?:[㐀-鿿]{0,2})(?:先生|女士|小姐|太太|老师|经理|总监|师傅))"
)


def proper(text: str, language: Language) -> Iterator[str]:
    """Names in a text; those that only look like one, such as 该公司, are left out.

    Example:
        >>> list(proper("就职于海天机械有限公司", "zh"))
        ['海天机械公司']
        >>> list(proper("He works for Blue Sky Mill", "en"))
        ['Blue Sky Mill']
    """
    for match in _LATIN.finditer(text):
        if not all(word.lower() in _USUAL for word in re.split("[ -]", match[0])):
            yield match[0]
    if language == "en":
        return
    for match in _FIRM.finditer(text):
        before = match[1]
        if not _ANY.search(before):
            for lead in (
                "就职于",
                "任职于",
                "供职于",
                "在",
                "为",
                "是",
                "由",
                "与",
                "向",
                "于",
                "称",
            ):
                before = before.rsplit(lead, 1)[-1]
            if len(before) > 1:
                yield before + match[2]
    for match in _PERSON.finditer(text):
        yield match[1]


def holds(text: str, name: str) -> bool:
    """Whether a text holds a name, its last words at least, however it is spaced and cased."""
    return _plain(name) in _plain(text)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s\W_]|股份|有限|责任", "", folded)
