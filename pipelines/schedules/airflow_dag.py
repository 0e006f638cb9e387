"""Mingjian every night, by Airflow 3: copy into the folder of DAGs and change the paths.

A run makes the night of the day that its data interval begins on, so that catching up makes every
night that was missed. What each exit code means to Airflow is in `judge`.
"""

import logging
import subprocess
from datetime import timedelta

import pendulum
from airflow.sdk import dag, get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.timetables.interval import CronDataIntervalTimetable

ZONE = "Asia/Shanghai"
FOLDER = "/srv/mingjian"
COMMAND = (
    "/opt/mingjian/bin/risk nightly --date {date} --config risk.toml"
    ' --input "input/{{date}}.parquet" --output nights --deadline 5h'
    " --metrics-file /var/lib/node_exporter/textfile/mingjian.prom --json"
)

DONE, PARTIAL, DEADLINE, LOCKED, BAD_INPUT = 0, 10, 20, 30, 40


def judge(code: int) -> None:
    """Tell Airflow how a night ended.

    Raises:
        AirflowSkipException: Another start is at work on this night.
        AirflowFailException: Input or config cannot be used; trying again would not help.
        AirflowException: The deadline came, the job was killed or broke; the next try goes on.
    """
    if code == PARTIAL:
        logging.getLogger(__name__).warning("done, with rejected rows or cases that wait")
    elif code == LOCKED:
        raise AirflowSkipException("another start is at work on this night")
    elif code == BAD_INPUT:
        raise AirflowFailException("input or config cannot be used; see the log above")
    elif code == DEADLINE:
        raise AirflowException("the deadline came; the next try goes on from what is finished")
    elif code != DONE:
        raise AirflowException(f"risk ended with {code}; the next try goes on")


@dag(
    dag_id="mingjian_nightly",
    schedule=CronDataIntervalTimetable("0 1 * * *", timezone=ZONE),
    start_date=pendulum.datetime(2026, 11, 1, tz=ZONE),
    catchup=True,
    max_active_runs=1,
    tags=["mingjian"],
)
def mingjian_nightly() -> None:
    """Score a day's applications, and reason about them."""

    @task(retries=3, retry_delay=timedelta(minutes=10), execution_timeout=timedelta(hours=12))
    def night() -> None:
        """Run the job; its events are in this task's log."""
        day = get_current_context()["data_interval_start"].in_timezone(ZONE).to_date_string()
        # `exec`, so that a task which is stopped stops the job and not only its shell.
        command = f"cd {FOLDER} && exec {COMMAND.format(date=day)}"
        judge(subprocess.run(["/bin/sh", "-c", command], check=False).returncode)  # noqa: S603

    night()


mingjian_nightly()
