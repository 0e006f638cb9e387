"""Values that are one thing come down to one digest, and nothing that says nothing ties anybody."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.associations.keys import NOBODY, Kind, digests, normalised

SAME: list[tuple[Kind, tuple[str, ...]]] = [
    ("phone", ("13900001234", "+86 139-0000-1234", "0086 13900001234", "１３９００００１２３４",
               "86-139 0000 1234")),
    ("phone", ("073188881234", "+86 0731 8888 1234", "(0731) 88881234", "0731-88881234转5",
               "0731-88881234 ext. 12")),
    ("address", ("长沙市岳麓区麓山路12号3号楼201室", "长沙岳麓麓山路１２号3栋201室",
                 "长沙市 岳麓区，麓山路12号 3幢 201室")),
    ("address", ("Room 301, Building 7, 12 Chaoyang Road, Haidian District, Beijing",
                 "Rm 301 Bldg. 7, 12 CHAOYANG RD, Haidian, Beijing")),
    ("employer", ("明鉴科技（上海）有限公司", "明鉴科技(上海)有限责任公司", "明鉴科技上海")),
    ("employer", ("Acme Trading Co., Ltd.", "ACME TRADING", "Acme Trading Company Limited")),
    ("person", ("99000119491231002X", "99000119491231002x", "990001 19491231 002X")),
    ("account", ("6222 0000 0000 0000", "6222-0000-0000-0000")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "written"), SAME)
def test_what_is_written_in_several_ways_is_one_value(kind: Kind, written: tuple[str, ...]) -> None:
    assert len(set(normalised(pa.array(written), kind).to_pylist())) == 1


APART: list[tuple[Kind, str, str]] = [
    ("phone", "13900001234", "13900001235"),
    ("address", "麓山路12号3栋201室", "麓山路12号3栋202室"),
    ("address", "12 Chaoyang Road", "112 Chaoyang Road"),
    ("employer", "明鉴科技有限公司", "明鉴贸易有限公司"),
]


@pytest.mark.parametrize(("kind", "one", "other"), APART)
def test_what_differs_stays_apart(kind: Kind, one: str, other: str) -> None:
    assert len(set(normalised(pa.array([one, other]), kind).to_pylist())) == 2


@pytest.mark.parametrize("nothing", ["", " ", "-", "无", "000000000000", "xxxxxx", "12"])
def test_what_names_nobody_has_no_digest(nothing: str) -> None:
    for kind in ("phone", "address", "person"):
        plain = normalised(pa.array([nothing]), kind)  # type: ignore[arg-type]
        assert digests(plain, kind, b"secret").tolist() == [NOBODY]


@given(st.lists(st.none() | st.text(), max_size=8), st.binary(max_size=80))
def test_digests_are_equal_where_texts_are(texts: list[str | None], secret: bytes) -> None:
    texts = [each.encode("utf-8", "ignore").decode() if each else each for each in texts]
    found = digests(pa.array(texts, pa.large_string()), "phone", secret).tolist()
    assert [each == NOBODY for each in found] == [each is None for each in texts]
    for one, text in zip(found, texts, strict=True):
        for other, beside in zip(found, texts, strict=True):
            assert (one == other) == (text == beside)


@given(st.text())
@settings(max_examples=25)
def test_any_text_can_be_normalised_and_is_so_once_and_for_all(text: str) -> None:
    plain = text.encode("utf-8", "ignore").decode()
    kinds: tuple[Kind, ...] = ("phone", "address", "employer", "person", "other")
    for kind in kinds:
        once = normalised(pa.array([plain], pa.large_string()), kind)
        assert len(once) == 1
        if kind in ("person", "other") and once[0].is_valid:
            assert normalised(once, kind).to_pylist() == once.to_pylist()


def test_spaces_and_secrets_keep_digests_apart() -> None:
    text = pa.array(["13900001234"], pa.large_string())
    found = {
        int(digests(text, space, secret)[0])
        for space in ("phone", "person")
        for secret in (b"one", b"other")
    }
    assert len(found) == 4
