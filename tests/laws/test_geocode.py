"""Geocoding: rows in are rows out; what is written reads back; junk never gets a place."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from mgrs import MGRS
from openlocationcode import openlocationcode as plus

from geosector.crs import WGS84, convert_points
from geosector.geocode import Reading, geocode, normalise, read_coordinate

AREA = (35.5, 32.2, 42.5, 37.5)
PLACES = pd.DataFrame(
    {
        "id": ["1", "2", "3"],
        "name": ["Bayt Nur", "Kafr Zayt", "Kafr Zayt"],
        "name_ar": ["بيت نور", "كفر زيت", "كفر زيت"],
        "admin1": ["East", "East", "West"],
        "lat": [36.6, 36.4, 36.1],
        "lon": [38.2, 38.0, 36.6],
    }
)
LATS = st.floats(32.3, 37.4)
LONS = st.floats(37.6, 42.0)  # never a latitude of the area, so that no order is in doubt
WORDS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="0123456789.,;°'\" NSEW+-/:", max_size=25),
    st.sampled_from(["بيت نور", "Kafr Zayt", "36.5 N 38.1 E", "0, 0", None]),
)


def _grid(lat: float, lon: float) -> tuple[str, str]:
    zone = int((lon + 180) // 6) + 1
    x, y = convert_points(np.array([lon]), np.array([lat]), WGS84, f"EPSG:{32600 + zone}")
    return f"{zone}", f"{x[0]:.0f} {y[0]:.0f}"


def _minutes(angle: float, letter: str) -> str:
    seconds = round(angle * 36_000)
    return f"{seconds // 36_000}°{seconds // 600 % 60}'{seconds % 600 / 10:.1f}\"{letter}"


def _packed(lat: float, lon: float) -> list[str]:
    """Write degrees, minutes and seconds without marks, as aircraft and ISO 6709 have them."""
    north, east = round(lat * 3600), round(lon * 3600)
    runs = [
        f"{whole // 3600:0{wide}d}{whole // 60 % 60:02d}{whole % 60:02d}"
        for whole, wide in ((north, 2), (east, 3))
    ]
    return [
        "{}N{}E".format(*runs),
        "N{} E{}".format(*runs),
        "+{}+{}/".format(*runs),
        f"+{lat:.5f}+{lon:09.5f}/",
    ]


def _arabic(written: str) -> str:
    return written.translate(str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫"))


def _forms(lat: float, lon: float) -> list[str]:
    zone, metres = _grid(lat, lon)
    return [
        f"{lat:.5f}, {lon:.5f}",
        f"{lon:.4f} {lat:.4f}",
        f"{lat:.3f}".replace(".", ",") + "; " + f"{lon:.3f}".replace(".", ","),
        _arabic(f"{lat:.6f}، {lon:.6f}"),
        f"lon {lon:.5f} lat {lat:.5f}",
        f"{lat:.4f}ش {lon:.4f}ق",
        f"{_minutes(lat, 'N')} {_minutes(lon, 'E')}",
        _arabic(f"{_minutes(lat, ' ش')} {_minutes(lon, ' ق')}"),
        f"{int(lat)} {lat % 1 * 60:06.3f}N {int(lon)} {lon % 1 * 60:06.3f}E".replace(
            "60.000", "59.999"
        ),
        f"{zone}N {metres}",
        f"{zone} {metres}",
        f"UTM {zone}N " + "E {} N {}".format(*metres.split()),
        "{1} mN {0} mE ".format(*metres.split()) + f"Zone {zone}N",
        f"{zone}N{metres.replace(' ', 'E')}N",
        *_packed(lat, lon),
        f"X={lon:.5f} Y={lat:.5f}",
        f"{lat:.5f} K {lon:.5f} D".replace(".", ","),
        f"N {lat:.5f} O {lon:.5f}".replace(".", ","),
        f'{{"type": "Feature", "geometry": {{"type": "Point", "coordinates": [{lon:.6f}, {lat:.6f}]}}}}',
        f'{{"lat": {lat:.6f}, "lng": {lon:.6f}}}',
        f"MULTIPOINT(({lon:.6f} {lat:.6f}))",
        f"https://www.google.com/maps/dir//{lat:.5f},{lon:.5f}",
        f"https://www.google.com/maps/place/{plus.encode(lat, lon).replace('+', '%2B')}",
        f"https://yandex.com/maps/?pt={lon:.5f},{lat:.5f}&z=15",
        f"EPSG:326{zone} {metres}",
        *(MGRS().toMGRS(lat, lon, MGRSPrecision=digits) for digits in (1, 2, 3, 4, 5)),
        plus.encode(lat, lon),
        plus.encode(lat, lon, 12),
        f"geo:{lat:.5f},{lon:.5f}",
        f"POINT({lon:.6f} {lat:.6f})",
        f"https://www.openstreetmap.org/?mlat={lat:.5f}&mlon={lon:.5f}#map=16/36.0/36.0",
        f"https://www.google.com/maps/@{lat:.5f},{lon:.5f},15z",
        f"https://www.google.com/maps/place/X/@36.0,36.0,14z/data=!8m2!3d{lat:.6f}!4d{lon:.6f}",
    ]


@given(LATS, LONS)
def test_a_point_reads_back_within_its_radius_in_every_form(lat: float, lon: float) -> None:
    for written in _forms(lat, lon):
        found = read_coordinate(written, area=AREA)
        assert isinstance(found, Reading), written
        north, east = found.lat - lat, (found.lon - lon) * np.cos(np.radians(lat))
        assert 111_320 * np.hypot(north, east) <= found.radius_m * 1.01 + 0.2, written


@given(st.text())
def test_normalising_twice_is_normalising_once(name: str) -> None:
    assert normalise(normalise(name)) == normalise(name)


@given(st.lists(WORDS, max_size=12), st.randoms())
def test_rows_in_are_rows_out_in_order(words: list[str | None], random: object) -> None:
    labels = [f"row {random.randrange(5)}" for _ in words]
    table = pd.DataFrame({"query": pd.Series(words, dtype=object, index=labels)}, index=labels)
    found = geocode(table, PLACES, area=AREA)
    assert found.index.tolist() == labels
    assert found["query"].tolist() == words
    assert found["decision"].isin(["accepted", "review", "refused"]).all()
    assert (found["decision"].eq("refused") == found["lat"].isna()).all()
    assert (found["decision"].ne("refused") | found["flags"].ne("")).all()


@given(WORDS.filter(lambda word: word is not None))
def test_whatever_is_written_lies_in_the_area_or_nowhere(word: str) -> None:
    found = read_coordinate(word, area=AREA)
    if isinstance(found, Reading):
        assert AREA[0] <= found.lon <= AREA[2]
        assert AREA[1] <= found.lat <= AREA[3]
        assert found.radius_m >= 1


@given(
    st.lists(st.sampled_from(["بيت نور", "Kafr Zayt", "Bayt Noor", "x y"]), min_size=1, max_size=6)
)
def test_a_row_does_not_depend_on_the_others(words: list[str]) -> None:
    together = geocode(pd.DataFrame({"query": words}), PLACES)
    alone = geocode(pd.DataFrame({"query": words[:1]}), PLACES)
    pd.testing.assert_series_equal(together.iloc[0], alone.iloc[0])


def _pair(east: float, north: float, decimals: int) -> list[str]:
    """Write two numbers in every order and with every decimal mark."""
    texts = [f"{north:.{decimals}f}", f"{east:.{decimals}f}"]
    return [
        mark.join(one.replace(".", point) for one in order)
        for order in (texts, texts[::-1])
        for mark in (", ", " ", "; ", "/", ",")
        for point in (".", ",", "٫")
    ]


@given(LATS, st.floats(35.6, 42.0), st.integers(4, 7))
def test_two_bare_numbers_are_the_point_or_its_exchange_and_say_so(
    lat: float, lon: float, decimals: int
) -> None:
    for written in _pair(lon, lat, decimals):
        found = read_coordinate(written, area=AREA)
        if not isinstance(found, Reading):
            continue  # 36,28,36,85 is refused rather than guessed
        right = np.hypot(found.lat - lat, found.lon - lon) < 2e-4
        exchanged = np.hypot(found.lat - lon, found.lon - lat) < 2e-4
        assert right or exchanged, written
        assert right or {"order_assumed", "swapped"} & set(found.flags), written


@given(
    LATS, LONS, st.sampled_from(["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "０１２３４５６７８９"])
)
def test_the_digits_of_a_coordinate_may_be_of_any_script(
    lat: float, lon: float, digits: str
) -> None:
    for written in _forms(lat, lon):
        if "http" not in written:
            plain = read_coordinate(written, area=AREA)
            other = read_coordinate(
                written.translate(str.maketrans("0123456789", digits)), area=AREA
            )
            assert other == plain, written


@given(
    st.lists(st.integers(0, 999_999), min_size=1, max_size=6),
    st.sampled_from([" ", "-", "/", ":", ".", ""]),
)
def test_whole_numbers_without_letters_are_never_accepted(parts: list[int], mark: str) -> None:
    found = geocode(pd.DataFrame({"query": [mark.join(map(str, parts))]}), PLACES, area=AREA)
    assert found["decision"].tolist() != ["accepted"]
