"""Employers are named where words say so; a firm merely mentioned is none."""

import pytest

from features.extraction import employers


def names(text: str) -> list[str]:
    return [employer.name for employer in employers(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我在恒泰机械有限公司上班。", "恒泰机械有限公司"),
        ("目前就职于望江市公共交通集团，已干11年", "望江市公共交通集团"),
        ("工作单位：云川市第一人民医院，职务主任", "云川市第一人民医院"),
        ("| 单位名称 | 白石水务局 |", "白石水务局"),
        ("社保缴纳单位为中国银行股份有限公司临泽分行。", "中国银行股份有限公司临泽分行"),
        ("本人在恒泰有限公司财务部工作", "恒泰有限公司"),
        ("我自己经营南漳胡记便利店，", "南漳胡记便利店"),
        ("任职于IBM", "IBM"),
        ("I work for the Linze Foods Co., Ltd. and earn", "Linze Foods Co., Ltd."),
        ("I have been with Bank of America since 2009", "Bank of America"),
        ("I run Lü's Fruit Shop, Baishi, which", "Lü's Fruit Shop, Baishi"),
        ("My employer is First People's Hospital.", "First People's Hospital"),
    ],
)
def test_who_employs(text: str, name: str) -> None:
    (found,) = employers(text)
    assert (found.name, text[found.start : found.end]) == (name, name)


@pytest.mark.parametrize(
    "text",
    [
        "向瑞丰物流有限公司付款",
        "我在一家公司上班",
        "工作单位：无",
        "单位名称：13800000000",
        "存在问题的公司",
        "在银行工作",
        "I work for a big firm",
        "I work at My desk",
        "paid to Linze Foods Co., Ltd.",
    ],
)
def test_what_names_no_employer(text: str) -> None:
    assert names(text) == []
