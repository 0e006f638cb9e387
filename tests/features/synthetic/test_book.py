import re
from collections.abc import Hashable
from datetime import date
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from features.dictionary import Role
from features.documents import sentences
from features.encoding import encode
from features.errors import DataError
from features.intake import check
from features.synthetic.book import (
    CONTRADICTION_SHARE,
    DEFAULT_RATE,
    INJECTION_SHARE,
    Book,
    book_dictionary,
    make_book,
)
from features.synthetic.documents import CONTRADICTIONS, DOCUMENTS
from features.synthetic.loans import form_log_odds
from features.synthetic.people import RING_SHARE, TEXTS

KEYS = ["phone", "address", "employer", "guarantor_id"]


@pytest.fixture(scope="module")
def book() -> Book:
    return make_book(9000, seed=3)


@pytest.fixture(scope="module")
def planted(book: Book) -> pd.DataFrame:
    chosen = book.truth["contradiction_kind"].notna()
    return book.applications[chosen].join(book.truth.drop(columns="application_id")[chosen])


def digest(book: Book) -> tuple[str, str]:
    return book.applications.to_csv(index=False), book.truth.to_csv(index=False)


def records(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return frame.to_dict("records")


def yuan(text: str) -> float:
    number = float(re.sub(r"[^0-9.]", "", text))
    return number * (10_000 if "万" in text else 1)


def test_same_seed_gives_the_same_bytes() -> None:
    assert digest(make_book(400, seed=5)) == digest(make_book(400, seed=5))
    assert digest(make_book(400, seed=5)) != digest(make_book(400, seed=6))


def test_columns_are_those_of_the_dictionary(book: Book) -> None:
    read = [field.name for field in book_dictionary().fields if field.formula is None]
    assert list(book.applications.columns) == read
    assert book.dictionary == book_dictionary()


def test_intake_accepts_every_row(book: Book) -> None:
    intake = check(book.applications, book.dictionary, purpose="train")
    assert len(intake.accepted) == len(book.applications)
    assert intake.rejected.empty


def test_every_feature_has_label_and_reason_in_both_languages() -> None:
    for field in book_dictionary().features:
        assert field.reason is not None
        assert field.label.zh != field.label.en
        assert field.reason.zh != field.reason.en
    for group in book_dictionary().groups.values():
        assert group.reason is not None


def test_book_looks_like_a_loan_book(book: Book) -> None:
    form = book.applications
    assert abs(book.truth["true_pd"].mean() - DEFAULT_RATE) < 1e-6
    assert 0.075 < form["default_flag"].mean() < 0.105
    assert form["application_id"].is_unique
    assert form["application_date"].is_monotonic_increasing
    assert form["application_date"].min() >= pd.Timestamp(2023, 1, 1)
    assert form["application_date"].max() < pd.Timestamp(2025, 7, 1)
    assert form["monthly_income"].mean() > 1.1 * form["monthly_income"].median()
    assert 0.01 < form["monthly_income"].isna().mean() < 0.06
    assert 0.04 < (form["credit_history_months"] == -9).mean() < 0.14
    assert (form["credit_inquiries_6m"] >= form["credit_inquiries_3m"]).all()
    assert not ((form["credit_history_months"] == -9) & (form["housing"] == "mortgage")).any()
    assert ((form["card_utilisation"] == -9) == (form["credit_history_months"] == -9)).all()


def test_population_drifts_a_little(book: Book) -> None:
    early, late = book.applications[:3000], book.applications[-3000:]
    assert late["default_flag"].mean() > early["default_flag"].mean()
    assert 1.05 < late["credit_inquiries_3m"].mean() / early["credit_inquiries_3m"].mean() < 1.6


def test_a_model_learns_the_book_and_the_oracle_knows_more(book: Book) -> None:
    accepted = check(book.applications, book.dictionary, purpose="train").accepted
    x, y = encode(accepted, book.dictionary), accepted["default_flag"].to_numpy(float)
    model = lgb.train(
        {"objective": "binary", "learning_rate": 0.05, "num_leaves": 8, "min_data_in_leaf": 60}
        | {"num_threads": 1, "verbose": -1, "seed": 1, "deterministic": True},
        lgb.Dataset(x[:6000], y[:6000]),
        120,
    )
    learned = roc_auc_score(y[6000:], np.asarray(model.predict(x[6000:])))
    oracle = roc_auc_score(y[6000:], book.truth["true_pd"][6000:])
    assert 0.74 < learned < 0.85
    assert oracle > learned


def test_risk_moves_the_way_the_dictionary_says(book: Book) -> None:
    form = book.applications.head(2000)
    before = form_log_odds(form)
    for field in book.dictionary.features:
        if field.direction == "none" or field.formula:
            continue
        sign = 1 if field.direction == "rising" else -1
        if field.levels:
            up = dict(zip(field.levels, [*field.levels[1:], field.levels[-1]], strict=True))
            moved = form.assign(**{field.name: form[field.name].map(up)})
        else:
            values = form[field.name].astype(float)
            moved = form.assign(**{field.name: values.where(values < 0, values * 1.3 + 1)})
        change = sign * (form_log_odds(moved) - before)
        assert change.min() > -1e-12, field.name
        assert change.max() > 0.005, field.name


def test_protected_fields_have_no_effect_of_their_own(book: Book) -> None:
    names = [field.name for field in book.dictionary.protected]
    assert np.array_equal(
        form_log_odds(book.applications), form_log_odds(book.applications.drop(columns=names))
    )


def test_planted_shares_are_exact(book: Book) -> None:
    rows, truth = len(book.truth), book.truth
    assert truth["contradiction_kind"].notna().sum() == round(rows * CONTRADICTION_SHARE)
    assert truth["injection_kind"].notna().sum() == round(rows * INJECTION_SHARE)
    assert abs(truth["ring_id"].notna().mean() - RING_SHARE) < 0.001
    assert set(truth["contradiction_kind"].dropna()) == set(CONTRADICTIONS)
    assert set(truth["injection_kind"].dropna()) == set(TEXTS["zh"]["injection"])


def test_contradiction_offsets_hold_one_whole_sentence(planted: pd.DataFrame) -> None:
    for row in records(planted):
        text = row[row["contradiction_document"]]
        start, end = int(row["contradiction_start"]), int(row["contradiction_end"])
        assert row["contradiction_found"] in text[start:end]
        if row["injection_document"] != row["contradiction_document"]:
            spans = {(s.start, s.end) for s in sentences(row["contradiction_document"], text)}
            assert (start, end) in spans, text[start:end]


def test_form_and_document_differ_where_planted(planted: pd.DataFrame) -> None:
    for row in records(planted):
        form, found = row["contradiction_form"], row["contradiction_found"]
        stated = row[row["contradiction_field"]]
        assert str(form) in (str(stated), f"{stated:.0f}" if isinstance(stated, float) else "")
        if row["contradiction_kind"] == "income":
            assert float(form) > 1.4 * yuan(found)
        elif row["contradiction_kind"] == "debt":
            assert float(form) < 0.6 * yuan(found)
        elif row["contradiction_kind"] == "tenure":
            started = pd.Timestamp(re.sub("[年月]", "-", found).strip("-"))
            months = (row["application_date"] - started).days / 30.44
            assert float(form) > months + 20
        else:
            words = TEXTS[row["language"]]["words"]
            assert words.get(form, form) != found


def test_documents_agree_with_the_form_elsewhere(book: Book) -> None:
    honest = book.applications[book.truth["contradiction_kind"].isna()]
    income = honest["bank_statement_summary"].str.extract(
        r"(?:工资入账|工资性收入月均|工资共6笔，平均每月)([0-9,.]+万?元)"
    )[0]
    both = pd.DataFrame({"form": honest["monthly_income"], "text": income}).dropna()
    assert len(both) > 1000
    ratio = both["text"].map(yuan) / both["form"]
    assert ratio.between(0.95, 1.05).all()
    payer = honest["bank_statement_summary"].str.extract(r"(?:缴纳单位为|参保单位为)(.+?)。")[0]
    assert (payer == honest["employer"])[payer.notna()].all()


def test_injection_offsets_hold_the_planted_text(book: Book) -> None:
    rows = book.truth.join(book.applications[list(DOCUMENTS)])
    rows = rows[rows["injection_kind"].notna()]
    for row in records(rows):
        text = row[row["injection_document"]]
        told = text[int(row["injection_start"]) : int(row["injection_end"])]
        texts = [TEXTS[lang]["injection"][row["injection_kind"]] for lang in ("zh", "en")]
        assert told in texts[0] + texts[1]


def test_no_unplanted_injection(book: Book) -> None:
    clean = book.applications[book.truth["injection_kind"].isna()]
    text = clean[list(DOCUMENTS)].fillna("").agg("\n".join, axis=1)
    assert not text.str.contains("<think>|SYSTEM|｜|Ignore|忽略|批准。", regex=True).any()


def test_each_later_ring_member_shares_a_key_with_an_earlier_one(book: Book) -> None:
    rows = book.applications.join(book.truth[["ring_id", "ring_before"]])
    sizes = rows.groupby("ring_id").size()
    assert sizes.between(3, 12).all()
    for _, ring in rows.dropna(subset="ring_id").groupby("ring_id"):
        assert ring["ring_before"].tolist() == list(range(len(ring)))
        first = ring.iloc[0]
        for _, member in ring.iloc[1:].iterrows():
            assert any(pd.notna(first[key]) and first[key] == member[key] for key in KEYS)


def test_default_grows_with_the_ring() -> None:
    truth = make_book(20_000, seed=1).truth.dropna(subset="ring_id")
    assert truth["true_pd"][truth["ring_before"] >= 4].mean() > 2 * DEFAULT_RATE
    assert truth["true_pd"][truth["ring_before"] == 0].mean() < 1.5 * DEFAULT_RATE


def test_phones_are_shared_in_rings_only(book: Book) -> None:
    outside = book.applications["phone"][book.truth["ring_id"].isna()]
    assert outside.is_unique
    assert outside.str.fullmatch(r"154\d{8}").all()


def test_truth_is_not_in_the_applications(book: Book) -> None:
    shared = set(book.truth.columns) & set(book.applications.columns)
    assert shared == {"application_id"}
    assert book.truth["application_id"].equals(book.applications["application_id"])
    numbers = book.applications.drop(columns="default_flag").select_dtypes("number")
    assert numbers.corrwith(book.truth["true_pd"]).abs().max() < 0.6
    hidden = {"ability", "stress", "drift", "thin", "mood", "other_employer"}
    assert not hidden & set(book.applications.columns)


def test_id_numbers_are_valid_and_of_nobody(book: Book) -> None:
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    form = book.applications
    assert form["id_number"].is_unique
    for row in records(form):
        number = row["id_number"]
        total = sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))
        assert number[-1] == "10X98765432"[total % 11]
        assert number.startswith("99")  # no such region
        assert (int(number[16]) % 2 == 1) == (row["gender"] == "male")
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        assert abs((row["application_date"].date() - born).days / 365.25 - row["age"] - 0.5) < 0.51


@pytest.mark.parametrize("language", ["zh", "en"])
def test_documents_keep_to_one_language(language: str) -> None:
    book = make_book(300, seed=2, language="en" if language == "en" else "zh")
    clean = book.truth["injection_kind"].isna()
    text = book.applications.loc[clean, list(DOCUMENTS)].fillna("").agg("".join, axis=1)
    chinese = text.str.contains("[\u4e00-\u9fff]", regex=True)
    assert chinese.all() if language == "zh" else not chinese.any()
    assert set(book.truth["language"]) == {language}


@pytest.mark.parametrize("rows", [1, 2, 39, 60])
def test_small_books_work(rows: int) -> None:
    book = make_book(rows, start=date(2020, 2, 29), months=1)
    assert len(book.applications) == len(book.truth) == rows


@pytest.mark.parametrize(("rows", "seed", "months"), [(0, 0, 30), (5, -1, 30), (5, 0, 0)])
def test_impossible_books_are_refused(rows: int, seed: int, months: int) -> None:
    with pytest.raises(DataError, match="at least 1"):
        make_book(rows, seed, months=months)


def test_each_planted_slot_always_says_its_value() -> None:
    for place in CONTRADICTIONS.values():
        for language in ("zh", "en"):
            slot = TEXTS[language][place.document][place.slot]
            said = slot["say"].values() if "by" in slot else [slot["say"]]
            for texts in said:
                assert all(f"{{{place.value}}}" in text for text in texts if "{" in text)


def test_personal_fields_are_marked() -> None:
    dictionary = book_dictionary()
    kinds = {f.personal for f in dictionary.fields if f.role != Role.FEATURE and f.personal}
    assert kinds == {"name", "id_number", "mobile", "address"}
