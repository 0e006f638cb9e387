"""Protected attributes in a text, and labels as whole words."""

import re
from collections.abc import Iterable

from features.language import Text

_PROTECTED = re.compile(
    r"性别|男性|女性|婚姻|已婚|未婚|离异|离婚|结婚|再婚|配偶|丈夫|妻子|丧偶|单身|怀孕|孕期|哺乳|生育|民族|汉族|回族|种族|肤色|宗教|信仰|佛教|基督|伊斯兰|"
    r"穆斯林|籍贯|户籍|外地人|残疾|残障|性取向|同性恋|政治面貌|党员|国籍|外国人|移民|血型|少数民族|[藏满壮苗彝]族|蒙古族|维吾尔|教徒|信教|信[仰奉]|妇女|女士|男士|宝妈|单亲|母亲身份|父亲身份|已育|未育|二胎"
    r"|健康状况|身体(?:欠佳|不好|不佳|状况|健康|虚弱|较?差)|疾病|慢性病|患病|患有|精神病|精神疾病|心理疾病|病史|体弱|出生"
    r"|\b(?:gender|sex|males?|females?|wom[ae]n|marital|marriage|spouses?|husbands?|wife|wives|married|unmarried|divorced?|widow(?:ed|er)?|"
    r"pregnan\w+|maternity|childbearing|race|racial|ethnic\w*|skin colou?r|religio\w+|muslim|"
    r"christian|buddhist|jewish|hindu|nationality|national origin|disab\w+|sexual orientation|gay|"
    r"lesbian|political (?:party|affiliation)|minorit(?:y|ies)|muslims?|christians?|catholic|"
    r"(?:poor|good|ill|bad|mental|physical) health|(?:chronic|mental|serious) (?:illness"
    r"|disease|condition)|"
    r"(?:state|history) of (?:health|mental illness)|ill(?:ness)?|motherhood|fatherhood|"
    r"foreign(?:er| national)s?|immigrants?|citizenship|born|handicap\w*|"
    r"(?:being|is|was|as|still|remains?) (?:a )?single(?! (?:loan|payment|item|source|factor)))\b",
    re.I | re.A,
)
_AGE = re.compile(
    r"年龄|几岁|您多大|生日|年纪|年轻|年老|高龄|岁数|老年|青年|中年|老人|年长|年幼|青壮年"
    r"|\b(?:how old are you|birthdays?|age[ds]?|young(?:er)?|elderly"
    r"|old(?:er)? (?:age|people|person|applicants?|borrowers?)|youth"
    r"|middle-aged)\b",
    re.I,
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
