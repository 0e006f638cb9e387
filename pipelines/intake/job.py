"""`risk intake`: one applicant's folder of papers, taken in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from features.dictionary import DataDictionary
from pipelines import disk
from pipelines.errors import ConfigError, Exit
from pipelines.intake.checklist import checklist
from pipelines.intake.confirmed import check_papers, confirm, confirmations
from pipelines.intake.fields import FieldReading, Source
from pipelines.intake.kinds import Kind, kind_of
from pipelines.intake.outcome import Taken, digest_of, write_outcome, write_row
from pipelines.intake.proposed import NOTHING_OPEN, Ask, Proposed, propose
from pipelines.intake.reading import Filed, read_folder
from pipelines.intake.rules import PaperRules
from pipelines.job import JobResult, Reporter
from risk.paper_case import paper_case
from risk.papers import Paper


@dataclass(frozen=True)
class IntakeOptions:
    """What the command line says.

    Attributes:
        folder: The papers of one applicant.
        output: The JSON file.
        product: What they are held against; empty for the default product.
        confirmed: What a person confirmed, as FIELD=VALUE.
        row: A CSV file for the settled fields, if one is wanted.
    """

    folder: Path
    output: Path
    product: str = ""
    confirmed: Sequence[str] = ()
    row: Path | None = None


@dataclass(frozen=True)
class IntakeResult(JobResult):
    """How much was taken in: papers and fields by what became of them, and nothing of a paper."""

    @property
    def exit(self) -> Exit:
        """`PARTIAL` where a paper is unread, the checklist is open, or papers disagree.

        So it is where the model was asked and gave no answer.
        """
        left = ("unread", "open", "conflicts", "unanswered")
        return Exit.PARTIAL if any(self.counts.get(name) for name in left) else Exit.DONE


def run(
    dictionary: DataDictionary,
    rules: PaperRules,
    options: IntakeOptions,
    reporter: Reporter,
    ask: Ask | None = None,
) -> tuple[IntakeResult, Taken]:
    """Read a folder, tell kinds and fields, and write what was found.

    Args:
        dictionary: What the fields are.
        rules: Where they stand, and what is needed.
        options: What the command line says.
        reporter: Is told of the steps.
        ask: Asks a model about the fields that stay open; None asks nobody.

    Returns:
        What any log may hold, and what was found, which none may.

    Raises:
        ConfigError: Rules, confirmations or an output cannot be used as they are.
        DataError: The folder cannot be read, or an output cannot be written.
    """
    rules.check(dictionary)
    product = rules.product(options.product)
    _keep_apart(options)
    with reporter.step("step.read"):
        filed = read_folder(options.folder)
        confirmed = confirmations(options.folder, options.confirmed, dictionary, rules)
        check_papers(confirmed, {each.paper.name for each in filed})
    with reporter.step("step.intake"):
        papers = tuple((each, _kind(each.paper, rules, confirmed.papers)) for each in filed)
        applicant = options.folder.resolve().name
        reading = FieldReading(dictionary, rules)
        readings = confirm(reading.read(_sources(papers), applicant), confirmed.fields)
        needed = checklist(product, dictionary, papers, readings)
    taken = Taken(applicant, options.product, papers, readings, needed)
    if ask is not None:
        with reporter.step("step.ask"):
            taken = taken._replace(proposed=_proposed(taken, reading, dictionary, ask))
    used = {
        "dictionary": dictionary.digest(),
        "rules": rules.digest(),
        "confirmed": digest_of(confirmed),
    }
    files = {"intake": str(options.output)}
    try:
        write_outcome(options.output, taken, used)
        if options.row:
            write_row(options.row, taken, dictionary)
            files["row"] = str(options.row)
    except OSError as error:
        raise disk.explained(error, options.row or options.output) from error
    return IntakeResult("intake", counts=_counts(taken), files=files), taken


def _keep_apart(options: IntakeOptions) -> None:
    """What is written must be no paper of the next intake."""
    places = [place.resolve() for place in (options.output, options.row) if place]
    if len(set(places)) < len(places):
        raise ConfigError("--output and --row name the same file; give each its own")
    for place in places:
        if place.parent == options.folder.resolve():
            raise ConfigError(f"{place.name} would lie among the papers; give a place outside")


def _kind(paper: Paper, rules: PaperRules, confirmed: Mapping[str, str]) -> Kind:
    known = confirmed.get(paper.name)
    return Kind(known, "confirmed") if known else kind_of(paper, rules)


def _sources(papers: Sequence[tuple[Filed, Kind]]) -> list[Source]:
    """Papers with text, each once: a copy of a paper is no second voice."""
    return [
        Source(filed.paper.name, kind.name, filed.paper.text)
        for filed, kind in papers
        if filed.paper.text and not filed.same_as
    ]


def _proposed(
    taken: Taken, reading: FieldReading, dictionary: DataDictionary, ask: Ask
) -> Proposed:
    """What a model says of the fields that are open; it changes nothing that was read."""
    sources = _sources(taken.papers)
    fields = reading.askable(taken.readings)
    told = paper_case(
        taken.applicant,
        [r.field for r in taken.readings if r.field.name in fields],
        [filed.paper for filed, _ in taken.papers if not filed.same_as],
        reading.personal(sources, taken.readings),
        dictionary,
    )
    kinds = {filed.paper.name: kind.name for filed, kind in taken.papers}
    return propose(told, fields, kinds, ask)


def _counts(taken: Taken) -> dict[str, int]:
    states = [reading.state for reading in taken.readings]
    asked = taken.proposed
    told = (
        {}
        if asked is None
        else {
            "proposed": len(asked.found),
            "proposals_struck": sum(asked.struck.values()),
            "unanswered": int(asked.code not in ("", NOTHING_OPEN)),
        }
    )
    return told | {
        "papers": len(taken.papers),
        "unread": len(taken.unread),
        "copies": sum(1 for filed, _ in taken.papers if filed.same_as),
        "exact": states.count("exact"),
        "confirmed": states.count("confirmed"),
        "to_confirm": states.count("read"),
        "conflicts": states.count("conflict"),
        "open": taken.checklist.open,
    }
