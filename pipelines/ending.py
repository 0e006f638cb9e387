"""How a command speaks and ends: language, results, errors as exit codes, no passwords.

The commands themselves are `pipelines.cli`; only these two print.
"""

import errno
import io
import json
import logging
import math
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from features.errors import ScorerError
from features.language import LANGUAGES, Language, catalogue
from pipelines.errors import DeadlineError, Exit, LockedError
from pipelines.eventlog import EventHandler, EventLog, EventReporter, frames
from pipelines.job import JobResult, Reporter, Timed
from pipelines.passwords import hidden

if TYPE_CHECKING:
    from rich.console import Console

    from pipelines.watching import Watch

_LANGUAGE_VARIABLE = "RISK_LANG"
# What the machine and not the software is to blame for.
_SURROUNDINGS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EMFILE),
    *(errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG),
)


def asked_language(arguments: list[str], environment: dict[str, str]) -> Language:
    """The language of help and messages: `--lang`, else RISK_LANG, else the locale.

    Example:
        >>> asked_language(["score", "--lang", "en"], {"LANG": "zh_CN.UTF-8"})
        'en'
        >>> asked_language([], {"LANG": "zh_CN.UTF-8"})
        'zh'
    """
    given = ""
    for here, following in zip(arguments, [*arguments, ""][1:], strict=True):
        if here == "--lang":
            given = following
        elif here.startswith("--lang="):
            given = here.removeprefix("--lang=")
    locale = environment.get("LC_ALL") or environment.get("LANG") or ""
    for wish in (given, environment.get(_LANGUAGE_VARIABLE, ""), locale[:2]):
        for language in LANGUAGES:
            if wish == language:
                return language
    return "en"


LANGUAGE = asked_language(sys.argv[1:], dict(os.environ))
EVENTS = EventLog()


def say(key: str, **values: object) -> str:
    """A message in the language asked for."""
    return catalogue("pipelines").text(LANGUAGE, key, **values)


def program() -> str:
    """What to type for this program: its name, or the way to it where the shell does not know it.

    `make demo` calls it by its place in an environment that nobody has entered.
    """
    typed = Path(sys.argv[0])
    found = shutil.which("risk")
    known = typed.name != "risk" or (found is not None and typed.samefile(found))
    return "risk" if known else shlex.quote(str(typed))


def finish(
    name: str,
    job: Callable[[Reporter], JobResult],
    *,
    as_json: bool,
    after: Callable[[JobResult], None] | None = None,
    watch: "Watch | None" = None,
) -> None:
    """Run a job, print its result, and leave with its exit code where that is not 0.

    Args:
        name: The job's name, in events and figures.
        job: What to run.
        as_json: Whether the result is printed as one JSON object.
        after: Shows more of the result to a person.
        watch: Who is told the figures, however the job ends.
    """
    EVENTS.job, started = name, time.time()
    steps = Timed(_reporter())
    _event("job-started")
    try:
        if watch:
            watch.check()
        result = job(steps)
    except (Exception, KeyboardInterrupt) as error:
        code = failed(error, as_json=as_json)
        if watch:
            watch.tell(name, code, started, steps, None)
        raise typer.Exit(code) from error
    told = {"run_key": result.run_key or None, "run_id": result.run_id or None}
    seconds = round(time.time() - started, 3)
    _event("job-finished", exit=int(result.exit), seconds=seconds, counts=result.counts, **told)
    if watch:
        watch.tell(name, result.exit, started, steps, result)
    _print(result, as_json=as_json, after=after)
    if result.exit != Exit.DONE:
        raise typer.Exit(result.exit)


def _print(result: JobResult, *, as_json: bool, after: Callable[[JobResult], None] | None) -> None:
    from pipelines import terminal

    files = {key: hidden(place) for key, place in result.files.items()}
    result = replace(result, files=files, notes=tuple(hidden(note) for note in result.notes))
    if as_json:
        print_json(asdict(result))
    else:
        if after:
            after(result)
        out = console(stderr=False)
        # A file has no width: its lines stay whole, so that a path in a log can be copied.
        out.print(terminal.summary(result, LANGUAGE), soft_wrap=not out.is_terminal)


def watched() -> bool:
    """Whether a person sees stderr: bars and sentences there, and JSON lines everywhere else."""
    return sys.stderr.isatty()


def _reporter() -> Reporter:
    if not watched():
        return EventReporter(EVENTS)
    from pipelines import terminal

    return terminal.Progress(console(stderr=True), LANGUAGE)


def _event(event: str, **fields: object) -> None:
    """An event of the log, where stderr is one."""
    if not watched():
        EVENTS.write(event, fields)


def complain(event: str, text: str, **fields: object) -> None:
    """Say on stderr what went wrong: a sentence for a person, an event for a log."""
    if watched():
        print(hidden(text), file=sys.stderr)
    else:
        EVENTS.write(event, {"message": text, **fields}, "error")


def failed(error: BaseException, *, as_json: bool) -> Exit:
    """Say what went wrong, on stderr and, if asked for, as the JSON object; returns the code."""
    code, message = _explained(error)
    if as_json:
        print_json({"error": message, "exit": int(code)})
    kind = type(error).__name__
    if code == Exit.INTERNAL and not watched():
        # A log is kept and read by many, and the words of a defect may quote a row.
        message = kind
    trace = "".join(frames(error)) if code == Exit.INTERNAL else None
    said = say(_SAID[code], message=message)
    complain("job-failed", said, exit=int(code), error=kind, trace=trace)
    if code == Exit.INTERNAL and watched():
        logging.getLogger("pipelines").error("defect", exc_info=error)
    return code


_SAID = {
    Exit.DEADLINE: "error.deadline",
    Exit.LOCKED: "error.locked",
    Exit.BAD_INPUT: "error.input",
    Exit.INTERNAL: "error.internal",
    Exit.INTERRUPTED: "error.interrupted",
}


_CODES: dict[type[BaseException], Exit] = {
    DeadlineError: Exit.DEADLINE,
    LockedError: Exit.LOCKED,
}


def _explained(error: BaseException) -> tuple[Exit, str]:
    """Exit code and message of an error."""
    if isinstance(error, KeyboardInterrupt):
        return Exit.INTERRUPTED, "interrupted"
    if isinstance(error, ScorerError):
        return _CODES.get(type(error), Exit.BAD_INPUT), str(error)
    if isinstance(error, OSError) and error.errno in _SURROUNDINGS:
        place = f"{error.filename}: " if error.filename else ""
        return Exit.BAD_INPUT, f"{place}{error.strerror or error}; check disk and permissions"
    return Exit.INTERNAL, f"{type(error).__name__}: {error}"


def print_json(body: Mapping[str, object]) -> None:
    """One object on one line; a metric that is no number is null, which JSON knows."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    text = json.dumps(_known(body), ensure_ascii=plain, sort_keys=True, allow_nan=False)
    print(hidden(text))


def _known(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _known(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_known(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class _Discreet(logging.Formatter):
    """Log lines and tracebacks without passwords."""

    def format(self, record: logging.LogRecord) -> str:
        return hidden(super().format(record))


def console(*, stderr: bool) -> "Console":
    """Where pictures and bars are drawn."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False)


def prepare_streams() -> None:
    """Logs on stderr; a terminal that lacks a character shows another and not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    handler: logging.Handler = EventHandler(EVENTS)
    if watched():
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Discreet("%(name)s: %(message)s"))
    else:
        logging.captureWarnings(capture=True)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
