"""What holds for every test: threads that wait do not spin, and MLflow tells nobody of us."""

import os
from contextlib import suppress

import pytest

LONGEST = (
    "test_night_killed.py",
    "test_night_faults.py",
    "test_night_disasters.py",
    "test_ray_engine.py",
    "test_reports.py",
    "test_demo.py",
    "test_shift.py",
)
"""Files whose tests come first, so that no worker ends with one of them while the others idle."""

EXAMPLES = int(os.environ.get("MINGJIAN_EXAMPLES", "100"))
"""Examples of a law whose test sets no number of its own."""

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MPLBACKEND", "Agg")
# Models of tests are many and seen once; what keeps their tables is tested apart.
os.environ.setdefault("MINGJIAN_CACHE", "")

# The environment of vLLM has no Hypothesis.
with suppress(ImportError):
    from hypothesis import settings

    # A machine that others share takes its time, which is no fault of what is tested.
    settings.register_profile("shared-machine", deadline=None, max_examples=EXAMPLES)
    settings.load_profile("shared-machine")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first, and leave all others in their order."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))
