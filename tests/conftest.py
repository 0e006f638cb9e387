"""What holds for every test: threads that wait do not spin, and MLflow tells nobody of us."""

import os
from contextlib import suppress

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MPLBACKEND", "Agg")
# Models of tests are many and seen once; what keeps their tables is tested apart.
os.environ.setdefault("MINGJIAN_CACHE", "")

# The environment of vLLM has no Hypothesis.
with suppress(ImportError):
    from hypothesis import settings

    # A machine that others share takes its time, which is no fault of what is tested.
    settings.register_profile("shared-machine", deadline=None)
    settings.load_profile("shared-machine")
