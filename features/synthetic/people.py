"""Who the applicants of the synthetic book are: names, numbers, addresses, employers, rings.

Nobody here exists: identity numbers carry region codes beginning with 99, which China does not
issue, mobile numbers the unallocated prefix 154, and every city and company is invented.
"""

import tomllib
from dataclasses import dataclass
from importlib import resources

import numpy as np
import numpy.typing as npt
import pandas as pd

IntArray = npt.NDArray[np.int64]

RING_SHARE = 0.035
_ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECK_DIGITS = "10X98765432"
_RING_KEYS = ("phone", "address", "employer", "guarantor_id")


def _pairs(kind: str) -> tuple[tuple[str, ...], ...]:
    """Words of one kind, each in Chinese and in pinyin or English."""
    return tuple(tuple(entry.split(maxsplit=1)) for entry in TEXTS["names"][kind])


TEXTS = tomllib.loads((resources.files("features.synthetic") / "texts.toml").read_text("utf-8"))
SURNAMES, GIVEN = _pairs("surnames"), _pairs("given")
CITIES, DISTRICTS, ROADS = _pairs("cities"), _pairs("districts"), _pairs("roads")
FIRMS, TRADES, OFFICES, SHOPS = (_pairs(kind) for kind in ("firms", "trades", "offices", "shops"))


@dataclass(frozen=True)
class Rings:
    """Rings of connected applicants.

    Attributes:
        number: Ring of each application, from 0; -1 outside rings. Shape (n,).
        before: Members of the same ring that applied earlier, shape (n,).
    """

    number: IntArray
    before: IntArray


def form_rings(rows: int, rng: np.random.Generator) -> Rings:
    """Choose disjoint rings of 3 to 12 applications that lie near each other in time."""
    number, before = np.full(rows, -1, np.int64), np.zeros(rows, np.int64)
    window, left, ring = max(40, rows // 5), round(RING_SHARE * rows), 0
    while left >= 3 and rows >= 40:
        size = min(2 + int(rng.geometric(0.35)), 12, left)
        first = int(rng.integers(0, max(1, rows - window + 1)))
        free = np.flatnonzero(number[first : first + window] < 0) + first
        size = max(3, size)
        members = np.sort(rng.choice(free, size, replace=False))
        number[members], before[members] = ring, np.arange(size)
        left, ring = left - size, ring + 1
    return Rings(number, before)


def people(
    drawn: pd.DataFrame, rings: Rings, english: npt.NDArray[np.bool_], rng: np.random.Generator
) -> pd.DataFrame:
    """Names, identity numbers and association keys of every applicant.

    Args:
        drawn: The simulated applicants: application_date, age, gender, employment_type, product.
        rings: Whose keys coincide.
        english: Whether the application is written in English.
        rng: Source of chance.

    Returns:
        applicant_name, id_number, phone, address, employer, other_employer and
        guarantor_id, with the index of `drawn`. The other employer is one the applicant does not
        work for: the form names it only where that contradiction is planted.
    """
    rows = len(drawn)
    lang = english.astype(int).tolist()
    shops = drawn["employment_type"].eq("self_employed").tolist()
    public = drawn["employment_type"].eq("public_sector").tolist()
    place = rng.integers(0, max(20, rows // 12), (2, rows)) * rng.random((2, rows)) ** 0.5
    place = place.astype(np.int64)
    place[1] += place[1] == place[0]
    surname = rng.integers(0, len(SURNAMES), rows).tolist()
    found = pd.DataFrame(index=drawn.index)
    found["applicant_name"] = _names(surname, rng.integers(0, 40, (2, rows)), lang)
    found["id_number"] = id_numbers(drawn, rng)
    found["phone"] = phones(rows, rng)
    found["address"] = _households(_addresses(rng.integers(0, 2**31, rows), lang), rng)
    kinds = list(zip(shops, public, strict=True))
    found["employer"] = _employers(place[0].tolist(), kinds, surname, lang)
    found["other_employer"] = _employers(place[1].tolist(), kinds, surname, lang)
    found.loc[drawn["employment_type"].isin(["retired", "freelance"]).to_numpy(), "employer"] = None
    share = np.where(drawn["product"].eq("business_loan"), 0.3, 0.06)
    numbers = rng.integers(1, 10 * max(rows, 10), rows).tolist()
    guarantors = [f"G{number:07d}" for number in numbers]
    found["guarantor_id"] = pd.Series(guarantors, index=drawn.index, dtype=object).where(
        rng.random(rows) < share, None
    )
    return _share_keys(found, guarantors, rings, rng)


def id_numbers(drawn: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """Identity numbers with a valid check digit and a region code that is never issued.

    Distinct for up to five million applicants; birth date and sex agree with age and gender.
    """
    rows = len(drawn)
    born = drawn["application_date"].to_numpy().astype("datetime64[D]") - np.round(
        drawn["age"].to_numpy() * 365.25 + rng.integers(2, 360, rows)
    ).astype("timedelta64[D]")
    serial = rng.permutation(rows)
    order = 2 * (serial % 500) + drawn["gender"].eq("male").to_numpy()
    days = np.datetime_as_string(born).tolist()
    first17 = [
        f"99{region:04d}{day[:4]}{day[5:7]}{day[8:]}{sequence:03d}"
        for region, day, sequence in zip(
            (serial // 500 % 10000).tolist(), days, order.tolist(), strict=True
        )
    ]
    digits = np.frombuffer("".join(first17).encode(), np.uint8).reshape(rows, 17) - 48
    checks = (digits.astype(np.int64) @ _ID_WEIGHTS % 11).tolist()
    return [f"{body}{_CHECK_DIGITS[check]}" for body, check in zip(first17, checks, strict=True)]


def phones(rows: int, rng: np.random.Generator) -> list[str]:
    """Mobile numbers with the unallocated prefix 154, all different."""
    offset = int(rng.integers(0, 10**8))
    # The step shares no factor with 10 ** 8, so numbers repeat only after all have been used.
    return [f"154{(offset + 38_196_601 * i) % 10**8:08d}" for i in range(rows)]


def _names(surname: list[int], given: IntArray, lang: list[int]) -> list[str]:
    found = []
    for family, first, second, en in zip(surname, *given.tolist(), lang, strict=True):
        tail = "" if second < 10 else GIVEN[second][en]
        if en:
            found.append(f"{SURNAMES[family][1]} {(GIVEN[first][1] + tail).capitalize()}")
        else:
            found.append(SURNAMES[family][0] + GIVEN[first][0] + tail)
    return found


def _addresses(keys: IntArray, lang: list[int]) -> list[str]:
    found = []
    for key, en in zip(keys.tolist(), lang, strict=True):
        key, city = divmod(key, len(CITIES))
        key, district = divmod(key, len(DISTRICTS))
        key, road = divmod(key, len(ROADS))
        key, house = divmod(key, 199)
        block, flat = divmod(key, 90)
        room = (flat // 6 + 1) * 100 + flat % 6 + 1
        c, d, r = CITIES[city][en], DISTRICTS[district][en], ROADS[road][en]
        if en:
            found.append(
                f"Room {room}, Building {block % 30 + 1}, {house + 1} {r} Road, {d} District, {c}"
            )
        else:
            found.append(f"{c}市{d}区{r}路{house + 1}号{block % 30 + 1}栋{room}室")
    return found


def _households(addresses: list[str], rng: np.random.Generator) -> list[str]:
    """Let three in a hundred live where an earlier applicant lives: families, not rings."""
    rows = len(addresses)
    for at in np.flatnonzero(rng.random(rows) < 0.03).tolist():
        addresses[at] = addresses[int(rng.integers(0, at + 1))]
    return addresses


def _employers(
    places: list[int], kinds: list[tuple[bool, bool]], surname: list[int], lang: list[int]
) -> list[str]:
    """Employer of each row: a firm, an office of the city, or the applicant's own shop."""
    found = []
    for place, (own, public), family, en in zip(places, kinds, surname, lang, strict=True):
        rest, city = divmod(place, len(CITIES))
        c = CITIES[city][en]
        if own:
            shop = SHOPS[rest % len(SHOPS)][en]
            who = SURNAMES[family][en]
            found.append(f"{who}'s {shop}, {c}" if en else f"{c}市{who}记{shop}")
        elif public:
            office = OFFICES[rest % len(OFFICES)][en]
            found.append(f"{c} {office}" if en else f"{c}市{office}")
        else:
            rest, firm = divmod(rest, len(FIRMS))
            f, t = FIRMS[firm][en], TRADES[(rest + firm) % len(TRADES)][en]
            found.append(f"{c} {f} {t}" if en else f"{c}{f}{t}")
    return found


def _share_keys(
    found: pd.DataFrame, guarantors: list[str], rings: Rings, rng: np.random.Generator
) -> pd.DataFrame:
    """Give each later member of a ring at least one key of the ring's first member."""
    members = np.flatnonzero(rings.number >= 0)
    order = members[np.lexsort((rings.before[members], rings.number[members]))].tolist()
    columns = {key: found[key].tolist() for key in _RING_KEYS}
    employed = found["employer"].notna().tolist()
    first, kinds = 0, ["phone"]
    for at in order:
        if rings.before[at] == 0:
            first, kinds = at, [str(key) for key in rng.permutation(_RING_KEYS)]
            kinds = kinds[: int(rng.integers(1, 4))]
            if kinds == ["employer"]:
                kinds.append("phone")
            if "guarantor_id" in kinds:
                columns["guarantor_id"][at] = guarantors[at]
            continue
        # Nobody without work gets an employer, which their own words would contradict.
        both = [key for key in kinds if key != "employer" or (employed[at] and employed[first])]
        sure = int(rng.integers(0, len(both)))
        for place, key in enumerate(both):
            if place == sure or rng.random() < 0.6:
                columns[key][at] = columns[key][first]
    return found.assign(**columns)
