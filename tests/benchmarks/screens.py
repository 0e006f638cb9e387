"""Pictures of the workbench for the README, from a night of a small synthetic bank.

Run it with `python -m tests.benchmarks.screens FOLDER`; it needs chromium and a Chinese font.
"""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from features.language import LANGUAGES, Language
from pipelines import train
from pipelines.config import RunConfig
from pipelines.job import Silent
from pipelines.review.rendering import case_path
from pipelines.review.workbench import Workbench
from pipelines.sources import open_source
from pipelines.store.desk import DeskRow, Wanted
from risk.desk import Act, Person, Role
from tests.pipelines.conftest import Bank, write_bank
from tests.pipelines.review.browser.keyboard import Keyboard
from tests.pipelines.review.browser.nights import DAY, deliver, one, open_desk
from tests.pipelines.review.browser.served import served

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
LOCALES: dict[Language, str] = {"zh": "zh-CN", "en": "en-GB"}
PEOPLE: dict[Language, tuple[str, str]] = {"zh": ("张伟", "李静"), "en": ("Zhang Wei", "Li Jing")}
SAID: dict[Language, str] = {
    "zh": "请客户补充近三个月工资流水。",
    "en": "Salary statements of the last three months are needed.",
}
WIDTHS = {1440: 900, 390: 844}
ROWS = 200

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


class Look(NamedTuple):
    """How a page is looked at."""

    language: Language
    width: int
    scheme: Scheme

    @property
    def name(self) -> str:
        """What the picture's name ends in."""
        return f"{self.language}-{self.width}-{self.scheme}"


def bank_in(folder: Path) -> Bank:
    """A bank after its first training."""
    write_bank(folder)
    config = RunConfig.read(folder / "risk.toml")
    options = train.TrainOptions(rejects=folder / "rejects.csv")
    return Bank(
        folder, train.run(config, open_source(str(folder / "book.parquet")), options, Silent())
    )


def in_the_middle(bench: Workbench, language: Language) -> DeskRow:
    """Leave the desk as it is in the middle of a morning; gives back a case worth looking at."""
    officer = Person("zhang.wei", Role.OFFICER)
    for name, display, role in zip(
        ("zhang.wei", "li.jing"), PEOPLE[language], (Role.OFFICER, Role.SENIOR), strict=True
    ):
        bench.people.add(one(name, role, display))
    rows = bench.desk.page(Wanted(limit=200)).rows
    for row in rows[2:5]:
        bench.desk.claim(row.key, officer)
    for row, action in zip(rows[5:8], ("ask", "escalate", "hold"), strict=True):
        act = Act(action, None, "", SAID[language], row.evidence_digest)  # type: ignore[arg-type]
        bench.desk.act(row.key, act, officer, bench.settings)
    told = [row for row in rows if not row.pending]
    return next((row for row in told if row.moved), told[0])


def pictures(
    browser: Browser, address: str, look: Look, case: DeskRow
) -> Iterator[tuple[str, Page]]:
    """Each page, ready to be taken."""
    context = browser.new_context(
        base_url=address,
        locale=LOCALES[look.language],
        color_scheme=look.scheme,
        viewport={"width": look.width, "height": WIDTHS[look.width]},
    )
    page = context.new_page()
    page.goto("/login")
    yield "login", page
    page = context.new_page()
    Keyboard(page).log_in("zhang.wei")
    for name, path in (
        ("queue", "/queue"), ("case", case_path(*case.key)), ("night", f"/night/{DAY}"),
    ):  # fmt: skip
        page.goto(path)
        page.wait_for_load_state("networkidle")
        yield name, page
    context.close()


def take(folder: Path, bank: Bank, language: Language) -> None:
    """All pictures in one language, of a night whose narratives are in it."""
    place = bank.folder / language
    place.mkdir()
    with (
        open_desk(deliver(bank, place, ROWS, language)) as bench,
        served(bench) as address,
        sync_playwright() as playwright,
    ):
        case = in_the_middle(bench, language)
        where = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=where, args=ARGUMENTS)
        for width, scheme in product(WIDTHS, SCHEMES):
            look = Look(language, width, scheme)
            for name, page in pictures(browser, address, look, case):
                page.screenshot(path=folder / f"{name}-{look.name}.png")
        browser.close()


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        bank = bank_in(Path(made))
        for language in LANGUAGES:
            take(folder, bank, language)


if __name__ == "__main__":
    main()
