"""Pins what each package offers under its own name."""

import pytest


@pytest.mark.parametrize(
    ("package", "names"),
    [
        (
            "features.extraction",
            [
                "Amount",
                "Day",
                "Duration",
                "Employer",
                "Per",
                "Person",
                "Rate",
                "amounts",
                "days",
                "durations",
                "employers",
                "people",
                "rates",
            ],
        ),
        ("features.synthetic", ["Book", "book_dictionary", "make_book"]),
        (
            "pipelines.sources",
            ["BATCH_ROWS", "REJECT_COLUMNS", "Batch", "Broken", "Source", "open_source"],
        ),
        (
            "pipelines.store",
            [
                "AnswerStore",
                "CaseCount",
                "CaseKey",
                "CaseStore",
                "Database",
                "Remembering",
                "Review",
                "ReviewLog",
                "Run",
                "RunStore",
                "StoredCase",
                "StoredReview",
            ],
        ),
        (
            "pipelines.store.desk",
            ["COUNTED", "Choices", "Cursor", "Desk", "DeskRow", "Page", "Wanted"],
        ),
        (
            "risk.desk",
            [
                "EPOCH",
                "Act",
                "Action",
                "DeskError",
                "DeskSettings",
                "ForbiddenError",
                "IncompleteError",
                "Logged",
                "Outcome",
                "OverrideReason",
                "Person",
                "Proposal",
                "Role",
                "StaleError",
                "Standing",
                "State",
                "Step",
                "assign",
                "claim",
                "is_override",
                "needs_second",
                "priority",
                "release",
                "step",
            ],
        ),
        (
            "pipelines.tracking",
            [
                "MODEL_FOLDER",
                "OUTPUT_TAG",
                "Alias",
                "OpenRun",
                "PromptVersion",
                "ReasonedCase",
                "RunLog",
                "ServedSpec",
                "StoredModel",
                "Told",
                "TracePlan",
                "Traced",
                "Tracking",
                "sqlite_beside",
                "tracking_uri",
                "ui_command",
            ],
        ),
        (
            "risk.report.monitoring",
            [
                "BEFORE",
                "FieldMove",
                "NightFigures",
                "Nights",
                "Outcomes",
                "Rationales",
                "Reviewed",
                "ScoreSpread",
                "Unusable",
                "monitoring",
                "series",
            ],
        ),
    ],
)
def test_a_package_offers_what_it_says(package: str, names: list[str]) -> None:
    module = __import__(package, fromlist=["__all__"])
    assert module.__all__ == names
    assert all(hasattr(module, name) for name in names)
