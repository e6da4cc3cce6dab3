"""Scripts and conventions of writing sound alike."""

from __future__ import annotations

import numpy as np
import pytest

from geosector.geocode.likeness import LONGEST, common, encode, lengths, masks
from geosector.geocode.names import Parts, name_parts
from geosector.geocode.sounds import AGREEING, ALPHABET, coarse


@pytest.mark.parametrize(
    ("arabic", "latin"),
    [
        ("كفر نبل", "Kafr Nubl"),
        ("دارة عزة", "Dāret ʿEzza"),
        ("خربة الجوز", "Kheurbet el Joz"),
        ("جسر الشغور", "Dschisr asch-Schughur"),
        ("دركوش", "Darkusz"),
        ("قرية", "Qaryah"),
        ("دەرعا", "Dera"),
        ("ئەلباب", "Al-Bab"),
        ("چاوگ", "Chawg"),
    ],
)
def test_both_scripts_have_one_skeleton(arabic: str, latin: str) -> None:
    one, other = coarse(name_parts(arabic).skeleton), coarse(name_parts(latin).skeleton)
    assert one == other != ""


@pytest.mark.parametrize(
    "spellings",
    [
        ("Khan Shaykhun", "Khan Sheikhun", "Khan Scheichun"),
        ("Tall Hamis", "Tel Hamis", "تل حميس"),
        ("El Hasan", "Elhasan", "Al Hasan"),
        ("Jarabulus", "Djarabulus", "Dscharabulus"),
    ],
)
def test_conventions_of_one_name_differ_little(spellings: tuple[str, ...]) -> None:
    first = [coarse(name_parts(one).skeleton)[:2] for one in spellings]
    assert len(set(first)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("Khirbet Nur", "خربة نور"), ("Tell Nur", "Girê Nur"), ("Kafr Nur", "كفرنور")],
)
def test_kinds_of_place_are_told_in_any_language(one: str, other: str) -> None:
    assert name_parts(one).kinds == name_parts(other).kinds != 0
    assert name_parts(one).core.startswith("n")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nur ash-Shamali", "نور الشمالية"),
        ("Upper Nur", "Nur Fawqani"),
        ("Nur Tahtani", "نور التحتاني"),
        ("Little Nur", "Nur Biçûk"),
        ("Big Nur", "نور الكبيرة"),
    ],
)
def test_what_tells_neighbours_apart_is_no_part_of_the_core(one: str, other: str) -> None:
    assert name_parts(one).qualifiers == name_parts(other).qualifiers != 0
    assert name_parts(one).core in {"nur", "nwr"}


def test_north_is_not_south() -> None:
    north, south = name_parts("Nur Shamali"), name_parts("Nur Janubi")
    assert north.core == south.core
    assert not north.qualifiers & south.qualifiers


def test_a_qualifier_alone_is_the_name() -> None:
    assert name_parts("الشمالية").core == name_parts("الشمالية").sounds != ""


def test_numbers_are_kept_apart() -> None:
    assert name_parts("معرة ٣").numbers == "3"


@pytest.mark.parametrize("nothing", [None, float("nan"), "", "؟؟؟"])
def test_nothing_has_no_parts(nothing: object) -> None:
    assert name_parts(nothing) == Parts("", "", "", "", "", 0, 0, "", 0)


def test_agreement_is_mutual() -> None:
    assert set(AGREEING) == set(ALPHABET)
    assert all(one in AGREEING[other] for one in ALPHABET for other in AGREEING[one])


def _longest_common(one: str, other: str) -> int:
    row = [0] * (len(other) + 1)
    for letter in one:
        before = row[:]
        for column, theirs in enumerate(other, start=1):
            row[column] = (
                before[column - 1] + 1 if letter == theirs else max(before[column], row[column - 1])
            )
    return row[-1]


def test_the_fast_measure_equals_the_plain_one() -> None:
    random = np.random.default_rng(3)
    pairs = [
        tuple("".join(random.choice([*"abkr"], random.integers(0, LONGEST))) for _ in range(2))
        for _ in range(60)
    ]
    asked = masks(encode([one for one, _ in pairs]), agreeing=False)
    second = encode([other for _, other in pairs])
    found = common([asked], np.arange(len(pairs)), second, lengths(second))[0]
    assert found.tolist() == [_longest_common(one, other) for one, other in pairs]


def test_agreeing_sounds_count_as_equal_where_asked() -> None:
    pair = encode(["qasaba"]), encode(["kasaba"])
    asked = [masks(pair[0], agreeing=agreeing) for agreeing in (False, True)]
    strict, loose = (int(one[0]) for one in common(asked, np.array([0]), pair[1], lengths(pair[1])))
    assert (strict, loose) == (5, 6)
