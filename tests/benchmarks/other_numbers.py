"""Numbers that are neither sums nor dates: of phones, cards, houses, papers, versions, things."""

from collections.abc import Callable
from random import Random

from features.language import Language
from tests.benchmarks.personal_data import card_number, identity_number

Other = Callable[[Random], str]


def digits(rng: Random, count: int) -> str:
    """So many digits, the first of them not 0."""
    return str(rng.randrange(10 ** (count - 1), 10**count))


def _mobile(rng: Random) -> str:
    return "1" + rng.choice("3456789") + digits(rng, 9)


def _grouped(number: str, joint: str) -> str:
    return joint.join(number[at : at + 4] for at in range(0, len(number), 4))


def _phone(rng: Random) -> str:
    number, joint = _mobile(rng), rng.choice("- ")
    return joint.join((number[:3], number[3:7], number[7:]))


def _address(rng: Random) -> str:
    return ".".join(str(rng.randrange(1, 255)) for _ in range(4))


def _version(rng: Random) -> str:
    return f"{rng.randrange(1, 9)}.{rng.randrange(20)}.{rng.randrange(30)}"


def _impossible(rng: Random) -> str:
    return f"{rng.randrange(2000, 2030)}-{rng.choice(('02-30', '13-05', '04-31', '00-12'))}"


OTHERS: dict[Language, tuple[Other, ...]] = {
    "zh": (
        lambda r: f"联系电话{_mobile(r)}",
        lambda r: f"手机{_phone(r)}",
        lambda r: f"座机0{digits(r, 3)}-{digits(r, 8)}",
        lambda r: f"身份证号{identity_number(r)}",
        lambda r: f"银行卡{card_number(r)}",
        lambda r: f"卡号{_grouped(card_number(r), ' ')}",
        lambda r: f"账号：{digits(r, r.randrange(12, 20))}",
        lambda r: f"尾号{r.randrange(10_000):04d}",
        lambda r: f"占比{r.randrange(1, 100)}%",
        lambda r: f"利率{r.randrange(100, 900) / 100}％",
        lambda r: f"{r.randrange(24)}:{r.randrange(60):02d}到账",
        lambda r: f"{r.randrange(1, 13)}点{r.randrange(10, 60)}分来访",
        lambda r: f"和平路{r.randrange(1, 400)}号{r.randrange(1, 40)}栋{r.randrange(101, 3000)}室",
        lambda r: f"{r.randrange(1, 30)}号楼{r.randrange(1, 9)}单元",
        lambda r: f"依据第{r.randrange(1, 90)}条",
        lambda r: f"发票号码{digits(r, 8)}",
        lambda r: f"发票号码{r.randrange(2000, 2030)}0{r.randrange(1, 10)}1{r.randrange(10)}",
        lambda r: f"合同编号HT-{r.randrange(2000, 2030)}-0{r.randrange(1, 10)}-1{r.randrange(10)}",
        lambda r: f"凭证No.{digits(r, 6)}",
        lambda r: f"系统版本v{_version(r)}",
        lambda r: f"登录地址{_address(r)}",
        lambda r: f"雇有{r.randrange(2, 400)}名员工",
        lambda r: f"名下{r.randrange(2, 9)}辆车",
        lambda r: f"分{r.choice((6, 12, 24, 36))}期",
        lambda r: f"贷款{r.choice((6, 12, 24, 36))}期",
        lambda r: f"余额变动{r.randrange(2, 400)}笔",
        lambda r: f"面积{r.randrange(40, 300)}平方米",
        lambda r: f"查询{r.randrange(1, 30)}次",
        lambda r: f"{r.randrange(1, 9)}年{r.randrange(1, 12)}个月",
        lambda r: f"年龄{r.randrange(20, 70)}岁",
        lambda r: f"邮编{digits(r, 6)}",
        lambda r: f"QQ{digits(r, 9)}",
        lambda r: f"流水号{digits(r, 12)}",
        lambda r: f"日期写作{_impossible(r)}",
        lambda r: f"{r.randrange(1, 13)}月{r.randrange(1, 29)}日来电",
        lambda r: f"共{r.randrange(2, 90)}人",
        lambda r: r.choice(("十几万元", "几千元", "三五万元", "3万多元", "20余万元", "数十万元")),
        lambda r: r.choice(
            ("一元二次方程", "三元里", "第二单元", "万一", "千万不要", "一块儿来", "十分满意")
        ),
    ),
    "en": (
        lambda r: f"call {_phone(r)}",
        lambda r: f"phone +86 {_phone(r)}",
        lambda r: f"ID {identity_number(r)}",
        lambda r: f"card {_grouped(card_number(r), ' ')}",
        lambda r: f"account no. {digits(r, r.randrange(9, 18))}",
        lambda r: f"card ending {r.randrange(10_000):04d}",
        lambda r: f"{r.randrange(1, 100)}% of it",
        lambda r: f"at {r.randrange(1, 13)}:{r.randrange(60):02d} pm",
        lambda r: f"{r.randrange(1, 400)} Zhenxing Road",
        lambda r: f"Building {r.randrange(1, 40)}, Room {r.randrange(101, 3000)}",
        lambda r: f"under Article {r.randrange(1, 90)}",
        lambda r: f"invoice no. {r.randrange(2000, 2030)}0{r.randrange(1, 10)}1{r.randrange(10)}",
        lambda r: f"invoice INV-{r.randrange(2000, 2030)}-0{r.randrange(1, 10)}-1{r.randrange(10)}",
        lambda r: f"version {_version(r)}",
        lambda r: f"from {_address(r)}",
        lambda r: f"{r.randrange(2, 400)} employees",
        lambda r: f"{r.randrange(2, 9)} cars",
        lambda r: f"loan of {r.choice((12, 24, 36))} instalments",
        lambda r: f"over {r.choice((12, 24, 36))} months",
        lambda r: f"balance of {r.randrange(2, 9)} accounts",
        lambda r: f"ZIP {digits(r, 5)}",
        lambda r: f"FICO {r.randrange(500, 850)}",
        lambda r: f"{r.randrange(2, 60)} hours a week",
        lambda r: f"{r.randrange(2, 40)} years old",
        lambda r: f"flight CA{digits(r, 4)}",
        lambda r: f"on {_impossible(r)}",
        lambda r: f"{r.randrange(1, 4)} of {r.randrange(4, 9)} jobs",
        lambda r: r.choice(("one or two friends", "a second job", "three hundred guests")),
    ),
}
