"""Words that say money is meant, right before a number without any currency.

"月收入8000" is a sum, "贷款12期" and "loan 3 years" are not: what follows must name no other thing.
"""

import re

_REACH = 40
_WORDS_ZH = (
    "收入|年薪|月薪|薪[资酬水]|工资|退休金|养老金|奖金|[月年]入|流水|[余差总限金税]额|收入额|缴存额|额度|存款|[贷借欠汇]款|[房车网]贷|透支|资产"
    "|[负欠]债|债务|款项|本金|利息|月供|租金|房租|首付款?|尾款|货款|现金|资金|成本|费用|支出|开[支销]"
    "|消费|营业额|销售额|利润|营收|[进入]账|转账|存入|取出|支付|付款|还款|授信|总价|单价|价格|价值"
    "|[市估]值|注册资本|申请|[借欠赚挣]|到手|缺口|预算"
)
_LINKS_ZH = (
    "总额|金额|总计|合计|共计?|大?约|大概|差不多|[是为有达在]|达到|不低于|不超过|超过|将?近|只有|仅|了"
    "|税[前后]|每月|每年|一个月|人民币"
)
_WORDS_EN = (
    "income|salary|salaries|wages?|pay|earnings|revenue|turnover|balance|loans?|debts?|rent"
    "|payments?|instal?lments?|mortgage|deposits?|savings|amount|sum|total|principal|limit|cash"
    "|costs?|price|fees?|bonus|budget|worth|earn(?:s|ed|ing)?|mak(?:es?|ing)|made|ow(?:es?|ed|ing)"
    "|borrow(?:ed|ing)?|repay|paying|paid|saved?|expenses"
)
_LINKS_EN = (
    "is|was|of|are|were|at|about|around|approximately|approx|roughly|over|nearly|almost|only|just"
    "|currently|now|totals?|totall?ing|averages?|averaging|the|up to|more than|less than|me"
    "|between|from|to|comes? to|net"
    "|gross|amount|some|an?|total|income|salary|balance"
)
_MEANT = re.compile(
    rf"(?:{_WORDS_ZH}|(?<![A-Za-z])(?:{_WORDS_EN})(?![A-Za-z]))"
    rf"(?:[ :.|=\t()-]|{_LINKS_ZH}|(?<![A-Za-z])(?:{_LINKS_EN})(?![A-Za-z])){{0,8}}\Z",
    re.I,
)
_COUNTER = "[个名位人家户岁辆台套间件份张笔次项条号天日周月年季元万亿倍折成点分平米公里]|期(?!限)"
_GOES_ON_EN = (
    "an?|per|each|every|monthly|annually|yearly|daily|and|or|with|in|for|from|as|at|which|after"
    "|before|plus|since|but|on|was|is|were|are|net|gross|p\\.?a|when|because|so|that|this|by|if|while"
)
_ENDS = re.compile(
    r"\s{0,8}(?:\Z|[，。；、,;!?！？)）|\n\r”\"']|\.(?![0-9])|[和及与或]|左右|上下|以[上下内]|不等|为|的)"
    rf"|\n| ?\(?(?:/|每|一个|一(?=年))| {{1,8}}(?!{_COUNTER})[一-鿿]"
    rf"| +(?:{_GOES_ON_EN})(?![A-Za-z])",
    re.I,
)


def means_money(text: str, at: int) -> bool:
    """Whether the words right before `at` in a folded text name a sum.

    Example:
        >>> means_money("月收入约为8000", 5), means_money("面积约为8000", 4)
        (True, False)
    """
    return _MEANT.search(text, max(0, at - _REACH), at) is not None


def stands_alone(text: str, at: int) -> bool:
    """Whether nothing that is counted follows at `at` in a folded text.

    Example:
        >>> [stands_alone(text, 4) for text in ("贷款12，", "贷款12期", "owes 3 cars")]
        [True, False, False]
    """
    return _ENDS.match(text, at) is not None
