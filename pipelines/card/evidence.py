"""What is known of how a model does: its figures, what validation found, limits, and versions."""

from collections.abc import Iterator, Mapping

from features.samples import Sample
from pipelines.card.known import Known
from pipelines.card.words import CardWords
from pipelines.pages.numbers import written
from pipelines.pages.words import Words
from risk.report.document import Figure, Light, Report, Section
from risk.sheet import Block, Grid, Heading, Pairs, Paragraph, Points

_TOLD = ("discrimination", "calibration", "stability")
"""Sections of a report whose figures a card repeats; fairness has a heading of its own."""
_FAIRNESS = "segments"
_TRAINED_ON = (Sample.DEVELOPMENT, Sample.VALIDATION)
_MOST_SHOWN, _MOST_FIGURES = 20, 40
_LOOKED_AT: tuple[Light, ...] = ("red", "amber")


def measured(known: Known, say: CardWords) -> Iterator[Block]:
    """All sections on how the model does, in the order of reading."""
    for section in (_performance, _fairness, _validation, _limits, _versions):
        yield from section(known, say)


def _performance(known: Known, say: CardWords) -> Iterator[Block]:
    yield Heading(say("card.performance"))
    metrics = known.told.metrics
    samples = [str(s) for s in Sample if f"{s}.rows" in metrics]
    yield Paragraph(say("card.performance.about" if samples else "card.performance.none"))
    if samples and known.trained_with("training").get("refit") is True:
        yield Paragraph(say("card.performance.refit"))
    if samples:
        names = ("sample", "rows", "bads", "bad_rate", "auc", "gini", "ks", "observed_expected")
        columns = tuple(say(f"card.column.{name}") for name in (*names, "brier"))
        yield Grid(columns, tuple(_sample(name, metrics, say) for name in samples))
        yield Paragraph(say("card.performance.beside"))
        columns = tuple(
            say(f"card.column.{name}") for name in ("sample", "logistic_auc", "auc_gain")
        )
        yield Grid(columns, tuple(_beside(name, metrics, say) for name in samples))
    if known.report is not None and (told := _figures(known.report, _TOLD, say)):
        yield Paragraph(say("card.performance.report"))
        yield told


def _sample(name: str, metrics: Mapping[str, float], say: CardWords) -> tuple[str, ...]:
    value = _Of(metrics, name)
    return (
        say(f"card.sample.{name}"),
        say.number(value["rows"], "count"),
        say.number(value["bads"], "count"),
        say.number(value["bad_rate"], "share"),
        say.span(value["auc"], (value["auc_low"], value["auc_high"])),
        say.number(value["gini"], "index"),
        say.number(value["ks"], "index"),
        say.number(value["observed_expected"], "index"),
        say.number(value["brier"], "number"),
    )


def _beside(name: str, metrics: Mapping[str, float], say: CardWords) -> tuple[str, ...]:
    value = _Of(metrics, name)
    bounds = (value["auc_gain_low"], value["auc_gain_high"])
    return (
        say(f"card.sample.{name}"),
        say.number(value["logistic_auc"], "number"),
        say.span(value["auc_gain"], bounds),
    )


class _Of:
    """Metrics of one sample; None where one was not logged."""

    def __init__(self, metrics: Mapping[str, float], sample: str) -> None:
        self._metrics, self._sample = metrics, sample

    def __getitem__(self, key: str) -> float | None:
        return self._metrics.get(f"{self._sample}.{key}")


def _fairness(known: Known, say: CardWords) -> Iterator[Block]:
    yield Heading(say("card.fairness"))
    protected = known.model.dictionary.protected
    yield Paragraph(say("card.fairness.not_used" if protected else "card.fairness.no_fields"))
    told = None
    if known.report is not None:
        told = _figures(known.report, (_FAIRNESS,), say, subjects=True)
    yield told or Paragraph(say("card.fairness.unmeasured"))


def _validation(known: Known, say: CardWords) -> Iterator[Block]:
    yield Heading(say("card.validation"))
    if known.report is None:
        yield Paragraph(say("card.validation.none"))
        return
    words = Words(say.language)
    yield Paragraph(say("card.validation.light", light=words.light(known.report.light)))
    sections = [s for s in known.report.sections if s.light != "none"]
    columns = tuple(say(f"card.column.{name}") for name in ("section", "light", "findings"))
    yield Grid(columns, tuple(_light(each, words, say) for each in sections))
    findings = [text for section in sections for text in _findings(section, words)]
    if findings:
        yield Paragraph(say("card.validation.findings"))
        yield Points(tuple(findings[:_MOST_SHOWN]))
    if (more := len(findings) - _MOST_SHOWN) > 0:
        yield Paragraph(say("card.validation.more", count=more))


def _light(section: Section, words: Words, say: CardWords) -> tuple[str, ...]:
    found = sum(1 for _ in _findings(section, words))
    title = words.text(f"section.{section.key}")
    return title, words.light(section.light), say.number(found, "count")


def _findings(section: Section, words: Words) -> Iterator[str]:
    """What of a section is amber or red, the red first."""
    title = words.text(f"section.{section.key}")
    for light in _LOOKED_AT:
        for said in _lit(section, light, words):
            yield words.listed(words.frame("about", title=title, subject=said), words.light(light))


def _lit(section: Section, light: Light, words: Words) -> Iterator[str]:
    """Figures, tables and remarks of one light, in words."""
    for figure in section.figures:
        if figure.light == light:
            value = words.frame("about", title=words.figure(figure), subject=_value(figure, words))
            yield words.listed(value, words.basis(figure))
    for table in section.tables:
        if count := table.lights.count(light):
            yield f"{words.table(table)} × {count}"
    yield from (words.remark(remark) for remark in section.remarks if remark.light == light)


def _value(figure: Figure, words: Words) -> str:
    if figure.value is None:
        return words.text(f"because.{figure.because}") if figure.because else ""
    return f"{written(figure.value, figure.kind)} {words.interval(figure)}".strip()


def _figures(
    report: Report, keys: tuple[str, ...], say: CardWords, *, subjects: bool = False
) -> Grid | None:
    """The figures of some sections on rows not trained on, with intervals; None for none."""
    words = Words(say.language)
    figures = [f for s in report.sections if s.key in keys for f in s.figures]
    figures = [f for f in figures if f.sample not in _TRAINED_ON and (subjects or not f.subject)]
    columns = tuple(say(f"card.column.{name}") for name in ("figure", "value", "basis", "light"))
    rows = tuple(
        (words.figure(f), _value(f, words), words.basis(f), words.light(f.light))
        for f in figures[:_MOST_FIGURES]
    )
    return Grid(columns, rows) if rows else None


def _limits(known: Known, say: CardWords) -> Iterator[Block]:
    yield Heading(say("card.limits"))
    said = [say("card.limit.pd_only")]
    if known.report is not None:
        words = Words(say.language)
        own = (s for s in known.report.sections if s.key == "limitations")
        said += [words.remark(remark) for section in own for remark in section.remarks]
    else:
        said += [say(f"card.limit.{key}") for key in _unreported(known)]
    yield Points(tuple(said))


def _unreported(known: Known) -> Iterator[str]:
    """Limits that hold without a report as well."""
    yield "accepted"
    if f"{Sample.OUT_OF_TIME}.rows" not in known.told.metrics:
        yield "no_out_of_time"
    yield "unvalidated"


def _versions(known: Known, say: CardWords) -> Iterator[Block]:
    stored, manifest = known.stored, known.manifest
    yield Heading(say("card.versions"))
    rows = [
        ("card.versions.model", f"{stored.name} {stored.version}"),
        ("card.versions.digest", stored.digest),
        ("card.versions.dictionary", known.model.dictionary.digest()),
        ("card.versions.run", stored.run_id),
        ("card.versions.trained", f"{known.told.started:%Y-%m-%d}"),
    ]
    if manifest is not None:
        libraries = ", ".join(f"{name} {version}" for name, version in manifest.libraries.items())
        rows += [
            ("card.versions.data", say.known(manifest.data.get("applications"))),
            ("card.versions.key", manifest.key()),
            ("card.versions.code", say.known(manifest.version)),
            ("card.versions.commit", say.known(manifest.commit)),
            ("card.versions.libraries", libraries),
        ]
    yield Pairs(tuple((say(name), value) for name, value in rows))
