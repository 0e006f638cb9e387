from dataclasses import replace

from features.language import Language
from pipelines.card.evidence import measured
from pipelines.card.known import Known
from pipelines.card.words import CardWords
from risk.report.document import Figure, Limits
from risk.sheet import Sheet, to_text
from tests.pipelines.conftest import Bank


def said(known: Known, language: Language = "en") -> str:
    return to_text(Sheet("t", language, tuple(measured(known, CardWords(language)))))


def section(text: str, name: str) -> str:
    """What stands under a heading."""
    return text.split(f"\n{name}\n---")[1].split("\n---")[0]


def test_each_sample_has_its_figures_with_the_interval_of_the_auc(known: Known, bank: Bank) -> None:
    performance = section(said(known), "Performance")
    for name, label in (("development", "development"), ("out_of_time", "out of time")):
        found = bank.trained.metrics[name]
        auc = f"{found['auc']:.4f} [{found['auc_low']:.4f},\u00a0{found['auc_high']:.4f}]"
        assert f"{label} | {found['rows']:,.0f} | {found['bads']:,.0f} |" in performance
        assert auc in performance


def test_a_run_without_figures_says_so(known: Known) -> None:
    text = said(replace(known, told=replace(known.told, metrics={})))
    assert "has logged no figures" in text
    assert "grown again" in section(said(known), "Performance")
    assert "grown again" not in section(said(replace(known, manifest=None)), "Performance")
    assert "no out-of-time sample" in section(text, "Limits")


def test_without_a_report_nothing_is_claimed_of_fairness_or_validation(known: Known) -> None:
    text = said(known)
    assert "Nothing has been measured by group" in section(text, "Fairness")
    assert "no validation report" in section(text, "Validation")
    assert "nothing has been validated" in section(text, "Limits")


def test_a_dictionary_without_protected_fields_can_show_no_fairness(known: Known) -> None:
    fields = [f for f in known.model.dictionary.fields if f not in known.model.dictionary.protected]
    dictionary = known.model.dictionary.model_copy(update={"fields": tuple(fields)})
    parts = replace(known.model._parts, dictionary=dictionary)
    text = said(replace(known, model=type(known.model)(parts)))
    assert "names no protected attributes" in section(text, "Fairness")


def test_what_is_red_or_amber_in_the_report_is_told(reported: Known) -> None:
    validation = section(said(reported), "Validation")
    assert "Overall light of the validation report: red" in validation
    assert "Discrimination" in validation
    assert "0.6100 [0.5500, 0.6700]" in validation
    assert "700" in validation
    assert "figures were not tested for want of rows" in validation
    zh = section(said(reported, "zh"), "独立验证")
    assert "0.6100" in zh
    assert "3 项因样本太少而没有检验" in zh


def test_figures_of_the_report_stand_with_their_intervals_or_why_there_is_none(
    reported: Known,
) -> None:
    performance = section(said(reported), "Performance")
    assert "0.6100 [0.5500, 0.6700]" in performance
    assert "no figures of development are at hand" in performance


def test_the_reports_own_limits_take_the_place_of_the_cards(reported: Known) -> None:
    limits = section(said(reported), "Limits")
    assert "Outcomes are known of granted loans alone: nothing here speaks" in limits
    assert "nothing has been validated" not in limits


def test_many_findings_are_cut_and_counted(reported: Known) -> None:
    assert reported.report is not None
    old = reported.report.section("discrimination")
    red = Figure(key="auc", value=0.5).against(Limits(amber=0.7, red=0.65))
    many = old.model_copy(update={"figures": (red,) * 30})
    sections = (many, reported.report.section("limitations"))
    report = reported.report.model_copy(update={"sections": sections})
    validation = section(said(replace(reported, report=report)), "Validation")
    assert validation.count("\n- ") == 20
    assert "11 more are in the report" in validation


def test_versions_and_digests_are_those_of_the_model_and_its_run(known: Known) -> None:
    versions = said(known).split("\nVersions and digests\n")[1]
    assert known.manifest is not None
    for value in (known.stored.digest, known.stored.run_id, known.manifest.key(), "lightgbm"):
        assert value in versions
    bare = said(replace(known, manifest=None)).split("\nVersions and digests\n")[1]
    assert known.stored.digest in bare
    assert "Libraries" not in bare
