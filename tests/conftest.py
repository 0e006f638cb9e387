"""What holds for every test: threads that wait do not spin, and MLflow tells nobody of us."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MPLBACKEND", "Agg")
# Models of tests are many and seen once; what keeps their tables is tested apart.
os.environ.setdefault("MINGJIAN_CACHE", "")
