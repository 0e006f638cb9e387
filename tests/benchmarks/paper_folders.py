"""Folders of papers for the applicants of a synthetic book: forms, reports, letters, statements.

Values are written out by rules of their own, not by those that read them. What each paper says of
a field is recorded, so that every reading can be held against it.
"""

import html
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from random import Random
from typing import Literal, NamedTuple

from features.dictionary import DataDictionary, Field
from features.language import Language
from features.synthetic import Book
from pipelines.errors import ConfigError
from pipelines.pages.pdf import pdf, require
from tests.benchmarks.other_numbers import OTHERS
from tests.benchmarks.written_values import MONTHS, in_chinese
from tests.pipelines.papers.test_office import word, workbook

Stands = Literal["labelled", "in words", "disputed", "left out"]
Format = Literal["txt", "md", "docx", "xlsx", "pdf"]
Line = tuple[str, str]

FORMATS: tuple[Format, ...] = ("txt", "md", "docx", "xlsx", "pdf")
FORM = (
    "application_id", "application_date", "applicant_name", "id_number", "phone", "address",
    "employer", "employment_type", "employment_months", "monthly_income", "education", "housing",
    "loan_amount", "term_months", "product", "purpose",
)  # fmt: skip
REPORT = (
    "existing_debt", "monthly_repayment", "credit_history_months", "overdue_count_24m",
    "max_overdue_days_24m", "credit_inquiries_3m", "credit_inquiries_6m", "card_count",
    "card_utilisation", "loan_count", "guarantee_count",
)  # fmt: skip
_IN_WORDS = frozenset(("monthly_income", "loan_amount", "employment_months"))
_TITLES: Mapping[str, Mapping[Language, str]] = {
    "application_form": {"zh": "个人贷款申请表", "en": "Loan Application Form"},
    "credit_report": {"zh": "个人信用报告", "en": "Credit Report"},
    "income_proof": {"zh": "收入证明", "en": "Certificate of Employment"},
    "bank_statement": {"zh": "银行流水摘要", "en": "Bank Statement"},
    "guarantee": {"zh": "担保书", "en": "Letter of Guarantee"},
    "other": {"zh": "说明", "en": "To whom it may concern"},
}
_COUNTED = {"zh": ("", "", "次", "笔", "张"), "en": ("",)}


class Folder(NamedTuple):
    """One applicant's papers.

    Attributes:
        name: Of the folder; the application's id.
        language: Of the papers.
        papers: Bytes by file name.
        kinds: What kind each paper is, by file name.
        truth: The application's own values by field, as a table has them; empty where missing.
        stands: How each field stands in the papers.
    """

    name: str
    language: Language
    papers: dict[str, bytes]
    kinds: dict[str, str]
    truth: dict[str, str]
    stands: dict[str, Stands]


def folders(book: Book, seed: int = 0) -> Iterator[Folder]:
    """A folder for every applicant of the book."""
    rows = book.applications.astype(object).where(book.applications.notna(), None)
    languages = book.truth["language"].tolist()
    for number, row in enumerate(rows.to_dict("records")):
        rng = Random(f"{seed}/{number}")  # noqa: S311
        cells = {str(name): value for name, value in row.items()}
        yield _Writer(rng, book.dictionary, languages[number], cells).folder()


def formats(language: Language) -> tuple[Format, ...]:
    """The formats that can be made here; a PDF needs WeasyPrint and a font."""
    try:
        require(language)
    except ConfigError:
        return tuple(each for each in FORMATS if each != "pdf")
    return FORMATS


class _Writer:
    """Writes the papers of one applicant."""

    def __init__(
        self, rng: Random, dictionary: DataDictionary, language: Language, row: dict[str, object]
    ) -> None:
        self._rng, self._dictionary, self._language, self._row = rng, dictionary, language, row
        self._formats = formats(language)

    def folder(self) -> Folder:
        fields = (*FORM, *REPORT)
        stands = {name: self._standing(name) for name in fields}
        papers = self._papers(stands)
        made = [self._made(kind, lines, words) for kind, lines, words in papers]
        truth = {name: _plain(self._row.get(name), self._dictionary[name]) for name in fields}
        return Folder(
            str(self._row["application_id"]),
            self._language,
            {name: data for _, name, data in made},
            {name: kind for kind, name, _ in made},
            truth,
            stands,
        )

    def _standing(self, name: str) -> Stands:
        if self._row.get(name) is None:
            return "left out"
        lot = self._rng.random()
        if name in _IN_WORDS and lot < 0.1:
            return "in words"
        if name == "monthly_income" and lot < 0.15:
            return "disputed"
        return "left out" if lot > 0.96 and name != "application_id" else "labelled"

    def _papers(self, stands: Mapping[str, Stands]) -> Iterator[tuple[str, list[Line], str]]:
        """Kind, labelled lines and words of each paper."""
        labelled = [name for name in FORM if stands[name] in ("labelled", "disputed")]
        yield "application_form", [self._line(name) for name in labelled], ""
        reported = [name for name in REPORT if stands[name] == "labelled"]
        yield "credit_report", [self._line(name) for name in reported], ""
        yield "income_proof", *self._proof(stands)
        summary = str(self._row.get("bank_statement_summary") or "")
        others = [self._rng.choice(OTHERS[self._language])(self._rng) for _ in range(3)]
        yield "bank_statement", [], "\n".join([summary, *others])
        if self._rng.random() < 0.5:
            yield "other", [], str(self._row.get("application_text") or "")
        if self._rng.random() < 0.2:
            yield "guarantee", self._guarantor(), ""

    def _proof(self, stands: Mapping[str, Stands]) -> tuple[list[Line], str]:
        lines: list[Line] = []
        if stands["employer"] == "labelled":
            lines.append(self._line("employer"))
        income = self._row.get("monthly_income")
        if stands["monthly_income"] == "disputed" and isinstance(income, float):
            lines.append(self._line("monthly_income", round(income * 1.3, -2) + 100))
        elif stands["monthly_income"] == "labelled" and self._rng.random() < 0.5:
            lines.append(self._line("monthly_income"))
        told = [self._in_words(name) for name in FORM if stands[name] == "in words"]
        return lines, "\n".join(told)

    def _in_words(self, name: str) -> str:
        label, value = self._label(name), self._value(name, self._row[name])
        if self._language == "zh":
            return f"兹证明其{label}约为{value}，以此为准。"
        return f"We hereby certify that the {label} is about {value} by our books."

    def _guarantor(self) -> list[Line]:
        """Another person's values under labels that hold those of the form."""
        income = float(self._rng.randrange(40, 300) * 100)
        whose = (
            "保证人" if self._language == "zh" else self._rng.choice(("guarantor's ", "spouse's "))
        )
        names = ("monthly_income", "phone", "employer")
        values = (income, f"139{self._rng.randrange(10**7, 10**8)}", "恒远贸易有限公司")
        return [
            (whose + self._label(name), self._value(name, value))
            for name, value in zip(names, values, strict=True)
        ]

    def _line(self, name: str, value: object = None) -> Line:
        return self._label(name), self._value(name, self._row[name] if value is None else value)

    def _label(self, name: str) -> str:
        label = self._dictionary[name].label.in_(self._language)
        return label if self._language == "zh" or self._rng.random() < 0.5 else label.capitalize()

    def _value(self, name: str, value: object) -> str:
        field = self._dictionary[name]
        if isinstance(value, date):
            return _day(value, self._rng, self._language)
        if not isinstance(value, float | int):
            known = field.level_labels.get(str(value))
            return known.in_(self._language) if known else str(value)
        code = next((text for code, text in field.special.items() if float(code) == value), None)
        if code is not None:
            return code.in_(self._language)
        writer = _UNITS.get(field.unit, _count)
        return writer(float(value), self._rng, self._language)

    def _made(self, kind: str, lines: list[Line], words: str) -> tuple[str, str, bytes]:
        """A paper of one of the formats; its name says its kind in half of the cases."""
        form = self._rng.choice(self._formats)
        title = _TITLES[kind][self._language]
        named = title if self._rng.random() < 0.5 else f"scan {self._rng.randrange(10**6)}"
        data = _FORMS[form](title, lines, words, self._rng, self._language)
        return kind, f"{kind[:2]}-{named}.{form}", data


def _plain(value: object, field: Field) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()[:10]
    return f"{value:.12g}" if field.numeric and isinstance(value, float | int) else str(value)


def _money(value: float, rng: Random, language: Language) -> str:
    whole = f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
    plain = whole.replace(",", "")
    if language == "en":
        return rng.choice((f"CNY {whole}", f"RMB {plain}", f"{whole} yuan", whole))
    ways = [f"{whole}元", f"{plain}元", whole, plain, f"人民币{whole}元", f"￥{whole}"]
    if value and not value % 100:
        ways.append(f"{value / 10_000:.12g}万元")
        ways.append(f"{in_chinese(int(value))}元")
    return rng.choice(ways)


def _months(value: float, rng: Random, language: Language) -> str:
    years, months = divmod(int(value), 12)
    if language == "en":
        ways = [f"{value:.0f} months", f"{value:.0f}"]
        return rng.choice([*ways, f"{years} years"] if years > 1 and not months else ways)
    ways = [f"{value:.0f}个月", f"{value:.0f}"]
    if years:
        ways.append(f"{years}年{months}个月" if months else f"{years}年")
    return rng.choice(ways)


def _ratio(value: float, rng: Random, _: Language) -> str:
    return rng.choice((f"{value * 100:.12g}%", f"{value:.12g}"))


def _count(value: float, rng: Random, language: Language) -> str:
    return f"{value:.0f}{rng.choice(_COUNTED[language])}"


def _day(value: date, rng: Random, language: Language) -> str:
    iso = value.isoformat()[:10]
    if language == "en":
        return rng.choice((iso, f"{value.day} {MONTHS[value.month - 1]} {value.year}"))
    return rng.choice((iso, f"{value.year}年{value.month}月{value.day}日", iso.replace("-", ".")))


_UNITS: Mapping[str, Callable[[float, Random, Language], str]] = {
    "CNY": _money,
    "months": _months,
    "ratio": _ratio,
}


def _as_lines(
    title: str, lines: list[Line], words: str, rng: Random, language: Language
) -> list[str]:
    """A form as plain text; some have two pairs a line."""
    colon = "：" if language == "zh" else ": "
    joint = rng.choice((colon, colon, "\t", "    "))
    pairs = [f"{label}{joint}{value}" for label, value in lines]
    if joint == colon and rng.random() < 0.3:
        pairs = ["    ".join(pairs[at : at + 2]) for at in range(0, len(pairs), 2)]
    return [title, "", *pairs, "", words]


def _text(title: str, lines: list[Line], words: str, rng: Random, language: Language) -> bytes:
    encoding = "gb18030" if language == "zh" and rng.random() < 0.3 else "utf-8"
    return "\n".join(_as_lines(title, lines, words, rng, language)).encode(encoding)


def _markdown(title: str, lines: list[Line], words: str, rng: Random, _: Language) -> bytes:
    if rng.random() < 0.5:
        body = ["| | |", "|---|---|", *(f"| {label} | {value} |" for label, value in lines)]
    else:
        body = [f"- **{label}**: {value}" for label, value in lines]
    return "\n".join([f"# {title}", "", *body, "", words]).encode()


def _docx(title: str, lines: list[Line], words: str, rng: Random, language: Language) -> bytes:
    if rng.random() < 0.5:
        return word(title, *filter(None, words.split("\n")), rows=tuple(lines))
    return word(*filter(None, _as_lines(title, lines, words, rng, language)))


def _xlsx(title: str, lines: list[Line], words: str, _: Random, __: Language) -> bytes:
    rows: list[list[object]] = [[title], *([*each] for each in lines)]
    return workbook(Sheet1=[*rows, *([each] for each in words.split("\n") if each)])


def _pdf(title: str, lines: list[Line], words: str, rng: Random, language: Language) -> bytes:
    said = html.escape(words).replace("\n", "<br>")
    if rng.random() < 0.5:
        cells = (f"<tr><td>{html.escape(a)}<td>{html.escape(b)}" for a, b in lines)
        body = f"<table>{''.join(cells)}</table>"
    else:
        colon = "：" if language == "zh" else ": "
        body = "".join(f"<p>{html.escape(a + colon + b)}</p>" for a, b in lines)
    return pdf(f"<h1>{html.escape(title)}</h1>{body}<p>{said}</p>", language)


_FORMS: Mapping[Format, Callable[[str, list[Line], str, Random, Language], bytes]] = {
    "txt": _text,
    "md": _markdown,
    "docx": _docx,
    "xlsx": _xlsx,
    "pdf": _pdf,
}
