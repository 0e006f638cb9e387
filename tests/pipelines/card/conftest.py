"""What is known of the bank's champion, without a report and with one."""

from dataclasses import replace

import pytest

from pipelines.card.known import Known, know
from risk.report.document import Column, Figure, Limits, Remark, Report, Section, Table
from tests.pipelines.conftest import Bank


@pytest.fixture(scope="session")
def known(bank: Bank) -> Known:
    return know(bank.config, "champion", None)


@pytest.fixture(scope="session")
def reported(known: Known) -> Known:
    return replace(known, report=report(known.stored.digest))


def report(digest: str, kind: str = "validation") -> Report:
    """A report with a red AUC, an amber remark and two limits."""
    columns = (Column(key="what", kind="word"), Column(key="value"))
    rows = (("identity.model_digest", digest),)
    auc = Figure(
        key="auc", value=0.61, low=0.55, high=0.67, sample="out_of_time", rows=700, bads=50
    )
    fall = Figure(key="auc_fall", because="no-development", sample="out_of_time")
    sections = (
        Section(key="identity", tables=(Table(key="identity", columns=columns, rows=rows),)),
        Section(key="discrimination", figures=(auc.against(Limits(amber=0.7, red=0.65)), fall)),
        Section(
            key="limitations",
            remarks=(
                Remark(key="accepted_only"),
                Remark(key="small_cells", values={"figures": 3}, light="amber"),
            ),
        ),
    )
    given = {"kind": kind, "portfolio": "small", "subjects": ("small v1",), "sections": sections}
    return Report.model_validate(given)
