"""A short document of headings, paragraphs, lists and tables, as plain text, Markdown or a page.

What it says is its author's. Whatever stands in it is text: nothing of it becomes markup, and no
character of it moves what a reader sees elsewhere.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from features.language import Language

_BREAKS, _UNSEEN = ("Cc", "Zl", "Zp"), "Cf"
"""Categories of Unicode: what breaks a line; what is not seen, such as what turns one around."""
_SHORT = 12
"""Rows of a table that is kept on one page."""
_SPACES = re.compile(" {2,}")
_MARKUP = re.compile(r"([\\`*\[\]|])")
_LEADING = re.compile(r"^(\d*)([#+=>.)-])")


@dataclass(frozen=True)
class Heading:
    """The name of what follows."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """A few sentences; its lines stay apart."""

    text: str


@dataclass(frozen=True)
class Points:
    """A list, numbered where the order says something."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Pairs:
    """What is known, each with its name before it."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Grid:
    """A table."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Points | Pairs | Grid


@dataclass(frozen=True)
class Sheet:
    """The document.

    Attributes:
        title: What it is.
        language: Its language.
        blocks: What it says, in order.
        head: Lines above the title, such as those of a letterhead.
    """

    title: str
    language: Language
    blocks: tuple[Block, ...]
    head: tuple[str, ...] = ()


def to_text(sheet: Sheet) -> str:
    """The document as plain text; tables have a line a row."""
    parts = ["\n".join(_lines("\n".join(sheet.head))), _line(sheet.title)]
    colon = {"zh": "：", "en": ": "}[sheet.language]
    parts += [_plain(block, colon) for block in sheet.blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def to_markdown(sheet: Sheet) -> str:
    """The document as Markdown with tables (GitHub's)."""
    parts = ["  \n".join(_begun(line) for line in sheet.head), f"# {_marked(sheet.title)}"]
    parts += [_markdown(block) for block in sheet.blocks]
    return "\n\n".join(part for part in parts if part) + "\n"


def to_html(sheet: Sheet) -> str:
    """The document as one page that needs nothing else, to be read and to be printed on A4."""
    head = "".join(f"<p>{escape(_line(line))}</p>" for line in sheet.head)
    body = "\n".join(_tagged(block) for block in sheet.blocks)
    title = escape(_line(sheet.title))
    top = f"<header>{head}</header>\n" if head else ""
    return _PAGE.format(
        language={"zh": "zh-CN", "en": "en"}[sheet.language],
        title=title,
        style=_STYLE,
        body=f"{top}<h1>{title}</h1>\n{body}",
    )


def _plain(block: Block, colon: str) -> str:
    match block:
        case Heading(text):
            line = _line(text)
            return f"{line}\n{'-' * _width(line)}"
        case Paragraph(text):
            return "\n".join(_lines(text))
        case Points(items, numbered):
            return "\n".join(f"{mark} {_line(i)}" for mark, i in _marks(items, numbered=numbered))
        case Pairs(rows):
            return "\n".join(f"{_line(name)}{colon}{_line(value)}" for name, value in rows)
        case Grid(columns, rows):
            return "\n".join(" | ".join(map(_line, row)) for row in (columns, *rows))


def _markdown(block: Block) -> str:
    match block:
        case Heading(text):
            return f"## {_marked(text)}"
        case Paragraph(text):
            return "  \n".join(_begun(line) for line in _lines(text))
        case Points(items, numbered):
            return "\n".join(f"{mark} {_begun(i)}" for mark, i in _marks(items, numbered=numbered))
        case Pairs(rows):
            return "\n".join(_table(("", ""), rows))
        case Grid(columns, rows):
            return "\n".join(_table(columns, rows))


def _table(columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    yield _row(columns)
    yield "|" + "---|" * len(columns)
    yield from map(_row, rows)


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(map(_marked, cells))} |"


def _tagged(block: Block) -> str:
    match block:
        case Heading(text):
            return f"<h2>{escape(_line(text))}</h2>"
        case Paragraph(text):
            return f"<p>{'<br>'.join(escape(line) for line in _lines(text))}</p>"
        case Points(items, numbered):
            tag = "ol" if numbered else "ul"
            listed = "".join(f"<li>{escape(_line(item))}</li>" for item in items)
            return f"<{tag}>{listed}</{tag}>"
        case Pairs(rows):
            told = (
                f"<tr><th>{_cell(name)}</th><td>{_cell(value)}</td></tr>" for name, value in rows
            )
            return f'<table class="pairs">{"".join(told)}</table>'
        case Grid(columns, rows):
            head = "".join(f"<th>{_cell(column)}</th>" for column in columns)
            body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
            kind = ' class="short"' if len(rows) <= _SHORT else ""
            return f"<table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(row: tuple[str, ...]) -> str:
    return "".join(f"<td>{_cell(value)}</td>" for value in row)


def _cell(text: str) -> str:
    return escape(_line(text))


def _marks(items: tuple[str, ...], *, numbered: bool) -> Iterator[tuple[str, str]]:
    for number, item in enumerate(items, 1):
        yield (f"{number}." if numbered else "-"), item


def _marked(text: str) -> str:
    """A piece of a line of Markdown that says the text and nothing else."""
    return _MARKUP.sub(r"\\\1", _line(text)).replace("&", "&amp;").replace("<", "&lt;")


def _begun(text: str) -> str:
    """The same at the beginning of a line, where more characters are markup."""
    return _LEADING.sub(r"\1\\\2", _marked(text))


def _lines(text: str) -> list[str]:
    return [line for each in text.splitlines() if (line := _line(each))]


def _line(text: str) -> str:
    """The text on one line, without characters that a reader does not see."""
    shown = (c for c in text if unicodedata.category(c) != _UNSEEN)
    spaced = (" " if unicodedata.category(c) in _BREAKS else c for c in shown)
    return _SPACES.sub(" ", "".join(spaced)).strip()


def _width(line: str) -> int:
    """Columns that a line takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


_STYLE = """\
:root { --ink: #1b2430; --soft: #5b6775; --line: #d5dbe2; }
* { box-sizing: border-box; }
body { margin: 0; background: #eef1f4; color: var(--ink);
  font: 16px/1.65 "Noto Sans", "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC",
  "Microsoft YaHei", "Segoe UI", Helvetica, Arial, sans-serif; }
main { max-width: 210mm; margin: 2rem auto; padding: 22mm 24mm; background: #fff;
  box-shadow: 0 1px 4px rgb(0 0 0 / 12%); }
header { margin-bottom: 2.2rem; padding-bottom: .8rem; border-bottom: 2px solid var(--ink); }
header p { margin: 0; color: var(--soft); font-size: .9rem; }
header p:first-child { color: var(--ink); font-size: 1.15rem; font-weight: 600; }
h1 { margin: 0 0 1.2rem; font-size: 1.5rem; line-height: 1.3; }
h2 { margin: 1.8rem 0 .5rem; font-size: 1.08rem; break-after: avoid; }
p, ul, ol { margin: .5rem 0; }
ul, ol { padding-left: 1.5rem; }
li { margin: .25rem 0; }
p, li { overflow-wrap: anywhere; }
table { width: 100%; margin: .6rem 0; border-collapse: collapse; font-size: .88rem;
  line-height: 1.45; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .5rem; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
thead th { color: var(--soft); font-weight: 600; border-bottom: 1px solid var(--soft); }
thead { display: table-header-group; }
tr { break-inside: avoid; }
td { overflow-wrap: break-word; }
.pairs { margin-bottom: 1.4rem; }
.pairs th { width: 30%; color: var(--soft); font-weight: 400; }
.pairs td { overflow-wrap: anywhere; }
.short, .pairs, header { break-inside: avoid; }
p:has(+ table), p:has(+ ul), p:has(+ ol) { break-after: avoid; }
@page { size: A4; margin: 18mm 20mm; }
@media print { html { font-size: 13px; } body { background: #fff; font-size: 10pt;
  line-height: 1.5; } h2 { margin-top: 1.2rem; } header { margin-bottom: 1.4rem; }
  main { max-width: none; margin: 0; padding: 0; box-shadow: none; } }
@media (max-width: 700px) { main { margin: 0; padding: 1.2rem; } }
@media screen and (max-width: 700px) { table:not(.pairs) { display: block; overflow-x: auto; } }"""

_PAGE = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body><main>
{body}
</main></body>
</html>
"""
