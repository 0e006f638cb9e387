"""The `risk` command; the commands are `pipelines.commands`.

How a command speaks and ends is `pipelines.ending`. Nothing heavy is imported before a job is
chosen, so that `risk --help` answers at once.
"""

import os
import signal
import sys

import typer

import pipelines.commands  # noqa: F401 - registers the commands
from pipelines.commands.options import LangOption, app
from pipelines.ending import complain, failed, prepare_streams, print_json, say
from pipelines.errors import Exit

SURROUNDINGS = {
    # Threads of LightGBM that spin while they wait take the cores from those that work.
    "OMP_WAIT_POLICY": "PASSIVE",
    # Arrow's own pool, which parts of it use whatever `pipelines.allocation` says, keeps what is
    # freed: 60 MB of a run.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
"""What libraries read from the environment as they load, where it says nothing else."""


@app.callback()
def risk(lang: LangOption = None) -> None:
    """Options that every command understands."""


def _misread(message: str, arguments: list[str]) -> Exit:
    """Say why a command line cannot be read, and where its help is."""
    if "--json" in arguments:
        print_json({"error": message, "exit": int(Exit.BAD_INPUT)})
    names = [c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands]
    names += [str(g.typer_instance.info.name) for g in app.registered_groups if g.typer_instance]
    command = next((f"risk {word}" for word in arguments if word in names), "risk")
    said = say("error.usage", message=message, command=command)
    complain("misread", said, exit=int(Exit.BAD_INPUT))
    return Exit.BAD_INPUT


def main() -> None:
    """Entry point of the `risk` command; a command line that cannot be read is bad input too."""
    prepare_streams()
    for name, value in SURROUNDINGS.items():
        os.environ.setdefault(name, value)
    # A scheduler's stop is Ctrl-C: the job ends in order, and tells its figures.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except typer.TyperException as error:
        code = _misread(error.format_message(), sys.argv[1:])
    except KeyboardInterrupt as error:
        code = failed(error, as_json=False)
    except BrokenPipeError:
        # Whoever read us, such as `head`, has seen enough; what Python still holds has no reader.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.DONE
    sys.exit(code if isinstance(code, int) else Exit.DONE)


if __name__ == "__main__":
    main()
