"""A small portfolio, and what its tests read from papers."""

from collections.abc import Mapping

from features.dictionary import DataDictionary
from pipelines.intake.fields import FieldReading, Reading, Source
from pipelines.intake.rules import PaperRules

DICTIONARY = DataDictionary.parse("""
name = "small"
currency = "CNY"
[fields.application_id]
role = "id"
label = { zh = "申请编号", en = "application id" }
[fields.application_date]
role = "date"
type = "date"
label = { zh = "申请日期", en = "application date" }
[fields.default_flag]
role = "target"
type = "integer"
bad = ["1"]
good = ["0"]
[fields.income]
role = "feature"
type = "number"
unit = "CNY"
low = 0
high = 1000000
label = { zh = "月收入", en = "monthly income" }
[fields.amount]
role = "feature"
type = "number"
unit = "CNY"
low = 0
label = { zh = "申请金额", en = "loan amount" }
[fields.term]
role = "feature"
type = "integer"
unit = "months"
low = 1
high = 120
label = { zh = "借款期限", en = "loan term" }
[fields.usage]
role = "feature"
type = "number"
unit = "%"
label = { zh = "额度使用率", en = "utilisation" }
special = { "-9" = { zh = "无记录", en = "no record" } }
[fields.cards]
role = "feature"
type = "integer"
label = { zh = "信用卡张数", en = "number of cards" }
[fields.housing]
role = "feature"
type = "category"
levels = ["rent", "own"]
label = { zh = "居住状况", en = "housing" }
[fields.housing.level_labels]
rent = { zh = "租房", en = "rented" }
own = { zh = "自有", en = "owner" }
[fields.burden]
role = "feature"
type = "number"
label = "burden"
formula = { op = "ratio", of = ["amount", "income"] }
[fields.gender]
role = "protected"
label = { zh = "性别", en = "gender" }
[fields.notes]
role = "document"
label = { zh = "备注", en = "notes" }
[fields.phone]
role = "association"
personal = "mobile"
label = { zh = "手机号码", en = "mobile" }
[fields.id_number]
role = "ignored"
personal = "id_number"
label = { zh = "身份证号", en = "identity number" }
[fields.employer]
role = "association"
label = { zh = "工作单位", en = "employer" }
""")
RULES = PaperRules.parse("""
[kinds.form]
label = { zh = "申请表", en = "application form" }
title = ["申请表", "application form"]
names = ["申请表", "form"]
words = ["申请金额", "借款期限", "loan amount"]
[kinds.contract]
label = { zh = "合同", en = "contract" }
title = ["合同", "contract"]
names = ["合同", "contract"]
words = ["甲方", "乙方"]
[kinds.guarantee]
label = { zh = "担保", en = "guarantee" }
title = ["保证合同", "guarantee contract"]
names = ["担保", "guarantee"]
words = ["保证人"]
[products.default]
papers = ["form", ["contract", "guarantee"]]
[products.quick]
papers = []
fields = ["income"]
""")


def said(*texts: str, rules: PaperRules = RULES, folder: str = "") -> Mapping[str, Reading]:
    """The fields of papers with these texts, by name."""
    sources = [Source(f"{n}.txt", "form", text) for n, text in enumerate(texts)]
    readings = FieldReading(DICTIONARY, rules).read(sources, folder)
    return {reading.field.name: reading for reading in readings}
