"""What is true of the synthetic book's applicants, in numbers, and what it means for default.

Vectorised draws from skewed, correlated distributions: two hidden traits, ability and stress, tie
income, debts and payment record together, and the population drifts slowly over the book.
"""

from datetime import date

import numpy as np
import pandas as pd
from scipy.special import expit

from features.encoding import FloatArray

NO_HISTORY = -9.0
EDUCATION = ("junior_secondary", "senior_secondary", "college", "bachelor", "postgraduate")
_TERMS = np.array([6, 12, 18, 24, 36, 48, 60])
_VOLUME_GROWTH = 0.4  # over the whole book
_PURPOSES = {
    "renovation": 0.24,
    "appliances": 0.14,
    "education": 0.1,
    "medical": 0.1,
    "wedding": 0.08,
    "travel": 0.1,
    "debt_consolidation": 0.1,
    "other": 0.14,
}


def applicants(rows: int, start: date, months: int, rng: np.random.Generator) -> pd.DataFrame:
    """People and their work, in order of application date.

    Args:
        rows: Number of applicants.
        start: First application date.
        months: Length of the book.
        rng: Source of chance.

    Returns:
        Columns about the person, and the hidden ones ability, stress and drift (0 to 1 over the
        book), shape (rows, ...).
    """
    first = pd.Timestamp(start)
    days = (first + pd.DateOffset(months=months) - first).days
    grown = (1 + _VOLUME_GROWTH) ** 2 - 1
    drift = np.sort((np.sqrt(1 + rng.random(rows) * grown) - 1) / _VOLUME_GROWTH)
    dates = np.datetime64(start, "D") + (drift * days).astype(np.int64)
    ability = rng.normal(size=rows)
    stress = 0.25 * drift - 0.3 * ability + rng.normal(size=rows)
    age = np.clip(np.round(20 + rng.gamma(3.2, 5.2, rows)), 20, 65)
    work = _pick(
        {"salaried": 0.62, "public_sector": 0.13, "self_employed": 0.15}, rows, rng, "freelance"
    )
    work = np.where((age >= 55) & (rng.random(rows) < 0.5), "retired", work)
    degree = (
        ability + 0.9 * rng.normal(size=rows) - 0.03 * (age - 36) + 0.5 * (work == "public_sector")
    )
    education = np.searchsorted([-1.5, -0.3, 0.6, 1.9], degree)
    return pd.DataFrame(
        {
            "application_id": [f"A{n:08d}" for n in range(1, rows + 1)],
            "application_date": dates.astype("datetime64[s]"),
            "age": age.astype(np.int64),
            "gender": _pick({"male": 0.56}, rows, rng, "female"),
            "marital_status": _marital_status(age, rng),
            "education": np.array(EDUCATION)[education],
            "employment_type": work,
            "employment_months": _employment_months(age, work, rng),
            "monthly_income": _income(ability, education, work, drift, rng),
            "housing": _housing(ability, age, rng),
            "ability": ability,
            "stress": stress,
            "drift": drift,
        }
    )


def borrowing(drawn: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The loan asked for, the debts there are, and the credit report.

    Args:
        drawn: What `applicants` drew.
        rng: Source of chance.

    Returns:
        `drawn` with these columns added; what does not exist is missing, or -9 where the credit
        bureau has no history.
    """
    return _report(_debts(_loan(drawn.copy(), rng), rng), rng)


def _loan(drawn: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    rows, income = len(drawn), drawn["monthly_income"].to_numpy()
    own = drawn["employment_type"].eq("self_employed").to_numpy()
    cash = rng.random(rows) < 0.45 + 0.12 * drawn["drift"].to_numpy()
    product = np.where(
        cash, "cash_loan", np.where(rng.random(rows) < 0.7, "instalment", "auto_loan")
    )
    product = np.where(own & (rng.random(rows) < 0.5), "business_loan", product)
    drawn["product"] = product
    purpose = _pick(_PURPOSES, rows, rng, "other")
    purpose = np.where(product == "business_loan", "working_capital", purpose)
    drawn["purpose"] = np.where(product == "auto_loan", "car", purpose)
    size = np.select(
        [product == "auto_loan", product == "business_loan", cash], [8.0, 9.0, 3.6], 3.0
    )
    stretch = 0.12 * drawn["stress"].to_numpy() + 0.5 * rng.normal(size=rows)
    amount = np.clip(np.round(income * size * np.exp(stretch), -3), 3000, 500_000)
    drawn["loan_amount"] = amount
    place = np.log(amount / 12_000) * 1.5 + 1 + rng.normal(size=rows)
    drawn["term_months"] = _TERMS[np.clip(np.round(place), 0, 6).astype(np.int64)]
    return drawn


def _debts(drawn: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    rows, income = len(drawn), drawn["monthly_income"].to_numpy()
    stress, age = drawn["stress"].to_numpy(), drawn["age"].to_numpy()
    unknown = expit(-1.6 - 0.07 * (age - 32) - 0.3 * drawn["ability"].to_numpy())
    # Whoever pays off a mortgage is known to the bureau.
    thin = (rng.random(rows) < unknown) & drawn["housing"].ne("mortgage").to_numpy()
    drawn["thin"] = thin
    drawn["loan_count"] = np.where(thin, 0, rng.poisson(np.exp(0.1 + 0.3 * stress)))
    size = 2.2 * np.exp(0.25 * stress + 0.6 * rng.normal(size=rows))
    debt = np.maximum(np.round(income * size * np.sqrt(drawn["loan_count"]), -3), 1000)
    drawn["existing_debt"] = np.where(drawn["loan_count"] > 0, debt, 0.0)
    mortgage = drawn["housing"].eq("mortgage").to_numpy() * income * rng.uniform(0.12, 0.35, rows)
    paid = drawn["existing_debt"] * rng.uniform(0.025, 0.075, rows) + mortgage
    drawn["monthly_repayment"] = np.round(paid / 50) * 50
    return drawn


def _report(drawn: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The summary of the credit report."""
    rows, stress, thin = len(drawn), drawn["stress"].to_numpy(), drawn["thin"].to_numpy()
    history = np.minimum(6 + rng.gamma(1.7, 34, rows), (drawn["age"] - 19) * 12)
    drawn["credit_history_months"] = np.where(thin, NO_HISTORY, np.round(history))
    cards = rng.poisson(np.exp(0.55 + 0.25 * drawn["ability"].to_numpy()))
    drawn["card_count"] = np.where(thin, 0, np.minimum(cards, 15))
    used = 1.08 * expit(-0.6 + 0.75 * stress + 0.9 * rng.normal(size=rows))
    used = np.where(drawn["card_count"] > 0, np.round(used, 3), np.nan)
    drawn["card_utilisation"] = np.where(thin, NO_HISTORY, used)
    late = rng.poisson(rng.gamma(0.8, 1.25, rows) * np.exp(-1.3 + 0.75 * stress))
    late = np.minimum(late, 24)
    drawn["overdue_count_24m"] = np.where(thin, np.nan, late)
    days = np.ceil(rng.exponential(8 * np.exp(0.3 * stress)) + 4 * np.maximum(late - 1, 0))
    drawn["max_overdue_days_24m"] = np.where(thin, np.nan, np.minimum(days, 180) * (late > 0))
    asked = rng.poisson(np.exp(-0.1 + 0.45 * stress + 0.2 * drawn["drift"].to_numpy()))
    drawn["credit_inquiries_3m"] = np.minimum(asked, 30)
    before = rng.poisson(np.exp(-0.1 + 0.35 * stress))
    drawn["credit_inquiries_6m"] = drawn["credit_inquiries_3m"] + np.minimum(before, 30)
    drawn["guarantee_count"] = np.minimum(rng.poisson(0.07 * np.exp(0.3 * stress)), 5)
    return drawn


def _pick(shares: dict[str, float], rows: int, rng: np.random.Generator, rest: str) -> np.ndarray:
    """One of the names for each row; `rest` takes what the shares leave."""
    bounds = np.cumsum(list(shares.values()))
    return np.array([*shares, rest])[np.searchsorted(bounds, rng.random(rows), side="right")]


def _marital_status(age: FloatArray, rng: np.random.Generator) -> np.ndarray:
    married = rng.random(len(age)) < expit((age - 28) / 3)
    ended = rng.random(len(age)) < 0.004 * (age - 20)
    return np.where(married & ended, "divorced", np.where(married, "married", "single"))


def _employment_months(age: FloatArray, work: np.ndarray, rng: np.random.Generator) -> FloatArray:
    months = rng.gamma(1.2, 48, len(age)) * np.where(work == "public_sector", 1.6, 1.0)
    months = np.minimum(np.round(months), (age - 18) * 12)
    return np.where(np.isin(work, ["retired", "freelance"]), np.nan, months)


def _income(
    ability: FloatArray,
    education: np.ndarray,
    work: np.ndarray,
    drift: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Monthly income in CNY, in hundreds; half of the people round to five hundreds."""
    log = np.log(7000) + 0.26 * ability + 0.12 * (education - 1.5) + 0.08 * drift
    log += np.select(
        [work == "retired", work == "freelance", work == "self_employed"], [-0.4, -0.2, 0.2]
    )
    income = np.exp(log + 0.3 * rng.normal(size=len(ability)))
    step = np.where(rng.random(len(ability)) < 0.5, 500, 100)
    return np.asarray(np.clip(np.round(income / step) * step, 2000, 120_000))


def _housing(ability: FloatArray, age: FloatArray, rng: np.random.Generator) -> np.ndarray:
    settled = 0.4 * ability + 0.06 * (age - 36) + rng.normal(size=len(age))
    young = np.where(rng.random(len(age)) < 0.4, "family", "rent")
    young = np.where(rng.random(len(age)) < 0.1, "dormitory", young)
    return np.select([settled > 0.9, settled > -0.05], ["own", "mortgage"], young)


def form_log_odds(form: pd.DataFrame) -> FloatArray:
    """Simulated log-odds of default, up to a constant, from an application's own columns.

    Missing values and special codes count as ordinary ones do on average. Every effect runs in
    the direction the dictionary declares; two interactions strengthen it.

    Args:
        form: Applications with the feature columns of the book, shape (n, ...).

    Returns:
        Log-odds, shape (n,).
    """

    def number(name: str, otherwise: float) -> FloatArray:
        values = form[name].astype(float)
        return np.asarray(values.where(values >= 0, otherwise), np.float64)

    income = number("monthly_income", 7000.0)
    burden = np.clip(number("monthly_repayment", 1500.0) / income, 0, 2)
    late = np.log1p(number("overdue_count_24m", 0.5))
    used = np.clip(number("card_utilisation", 0.45), 0, 1.2)
    asked = np.minimum(number("credit_inquiries_3m", 1.0), 10)
    level = form["education"].map({name: at for at, name in enumerate(EDUCATION)}).fillna(1.5)
    return np.asarray(
        -0.45 * np.log(income / 7000)
        + 1.3 * burden
        + 0.35 * np.log1p(number("loan_amount", 3e4) / income)
        + 0.75 * late
        + 0.25 * np.log1p(number("max_overdue_days_24m", 5.0) / 10)
        + 1.2 * used**2
        + 0.16 * asked
        + 0.05 * np.minimum(number("credit_inquiries_6m", 2.0), 15)
        + 0.10 * used * asked
        + 0.5 * np.minimum(late, 1.5) * burden
        - 0.32 * np.log1p(number("credit_history_months", 10.0) / 24)
        - 0.25 * np.log1p(number("employment_months", 40.0) / 12)
        - 0.14 * level.to_numpy(float)
        + 0.05 * np.minimum(number("loan_count", 1.0), 8)
        + 0.2 * np.minimum(number("guarantee_count", 0.0), 3)
        + 0.008 * number("term_months", 24.0)
        + 0.06 * np.log1p(number("existing_debt", 1e4) / income)
        + _of_level(form["housing"], own=-0.3, mortgage=-0.15, rent=0.15, dormitory=0.1)
        + _of_level(form["employment_type"], public_sector=-0.4, freelance=0.3, self_employed=0.15)
        + _of_level(form["product"], cash_loan=0.15, auto_loan=-0.2)
        + _of_level(form["purpose"], debt_consolidation=0.35, working_capital=0.1, education=-0.1)
    )


def _of_level(values: pd.Series, **effects: float) -> FloatArray:
    return np.asarray(values.map(effects).fillna(0.0), np.float64)
