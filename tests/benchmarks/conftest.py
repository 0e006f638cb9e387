"""Reports are recorded in MLflow, as jobs do it."""

from tests.pipelines.migrated import migrated_once as migrated_once
