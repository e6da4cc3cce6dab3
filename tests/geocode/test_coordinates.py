"""Written coordinates: every form is read, everything else is left alone or refused."""

from __future__ import annotations

import pytest

from geosector.geocode import Reading, Refusal, read_coordinate
from geosector.geocode.reading import plain_characters, radius_of_digits

SYRIA = (35.5, 32.2, 42.5, 37.5)
SARAQIB = (35.86447, 36.80591)


def _town(name: str) -> list[tuple[float, float]]:
    known = {"سراقب": [SARAQIB], "Saraqib": [SARAQIB], "Twin": [SARAQIB, (33.5, 36.3)]}
    return known.get(name, [])


def _read(written: str) -> Reading | Refusal | None:
    return read_coordinate(written, area=SYRIA, towns=_town)


@pytest.mark.parametrize(
    "written",
    [
        "36.2834, 36.8512",
        "36.2834 36.8512",
        "36.2834;36.8512",
        "36.2834/36.8512",
        "(36.2834, 36.8512)",
        "+36.2834, +36.8512",
        "36,2834; 36,8512",
        "36,2834 36,8512",
        "36,2834,36,8512",
        "٣٦٫٢٨٣٤، ٣٦٫٨٥١٢",
        "۳۶.۲۸۳۴ ۳۶.۸۵۱۲",
        "36.2834° 36.8512°",
        "36.2834N36.8512E",
        "N36.2834 E36.8512",
        "36.8512E 36.2834N",
        "36.2834ش 36.8512ق",
        "شمال 36.2834 شرق 36.8512",
        "36.2834 شمالاً، 36.8512 شرقاً",
        "خط عرض ٣٦.٢٨٣٤ وخط طول ٣٦.٨٥١٢",
        "Lat: 36.2834 Long: 36.8512",
        "lon 36.8512 lat 36.2834",
        "lat=36.2834&lon=36.8512",
        "X: 36.8512 Y: 36.2834",
        "GPS: 36.2834, 36.8512",
        "36.2834 36.8512 450.0 5.0",
        "geo:36.2834,36.8512",
        "geo:36.2834,36.8512;u=35?z=15",
        "geo:0,0?q=36.2834,36.8512(a label)",
        "geo:36.2834,36.8512?q=Aleppo",
        "POINT(36.8512 36.2834)",
        "point z (36.8512 36.2834 450)",
        "SRID=4326;POINT(36.8512 36.2834)",
        '{"type": "Point", "coordinates": [36.8512, 36.2834]}',
        "https://www.google.com/maps/@36.2834,36.8512,15z",
        "google.com/maps/place/X/@36.3,36.9,14z/data=!3m1!8m2!3d36.2834!4d36.8512",
        "https://www.google.com/maps/search/?api=1&query=36.2834%2C36.8512",
        "https://maps.google.com/maps?q=loc:36.2834,36.8512&z=12",
        "https://maps.google.com/maps?q=36.2834+36.8512",
        "https://maps.google.com/?q=36.2834,36.8512&ll=36.3,36.9",
        "https://www.google.com/maps/search/36.2834,+36.8512?entry=tts",
        "https://www.google.com/maps/place/36.2834N+36.8512E/@36.3,36.9,17z",
        "google.navigation:q=36.2834,36.8512",
        "https://www.openstreetmap.org/?mlat=36.2834&mlon=36.8512#map=16/36.3/36.9",
        "https://www.openstreetmap.org/#map=15/36.2834/36.8512",
        "https://www.openstreetmap.org/?lat=36.2834&lon=36.8512&zoom=12",
        "https://maps.apple.com/?ll=36.2834,36.8512&q=Pin",
        "https://waze.com/ul?ll=36.2834%2C36.8512&navigate=yes",
        "https://www.bing.com/maps?cp=36.2834~36.8512&lvl=15",
        "https://yandex.com/maps/?pt=36.8512,36.2834&z=15",
        "https://maps.google.com/maps?ll=36.2834,36.8512&z=15",
    ],
)
def test_degrees_in_every_form_are_the_same_point(written: str) -> None:
    found = _read(written)
    assert isinstance(found, Reading), found
    assert (found.lat, found.lon) == (36.2834, 36.8512)


@pytest.mark.parametrize(
    "written",
    [
        """36°12'30"N 37°08'06"E""",
        "36º12′30″N, 37º08′06″E",
        "36° 12’ 30” N 37° 8’ 6” E",
        "N36°12'30'' E037°08'06''",
        """36°12'30" 37°08'06\"""",
        "36°12.5' 37°08.1'",
        "36 12 30N 37 08 06E",
        "36:12:30N 37:08:06E",
        "36-12-30N 037-08-06E",
        "36 12.5N 37 8.1E",
        "36 12,5 N 37 8,1 E",
        "36d12m30s N, 37d08m06s E",
        "36deg 12min 30sec N 37deg 8min 6sec E",
        "٣٦ درجة ١٢ دقيقة ٣٠ ثانية شمال ٣٧ درجة ٨ دقيقة ٦ ثانية شرق",
        "36.20833333 37.135",
    ],
)
def test_degrees_with_minutes_are_the_same_point(written: str) -> None:
    found = _read(written)
    assert isinstance(found, Reading), found
    assert (round(found.lat, 5), round(found.lon, 5)) == (36.20833, 37.135)


@pytest.mark.parametrize(
    "written",
    [
        "37N 332270 4007978",
        "37S 332270 4007978",
        "37 332270 4007978",
        "37N332270E4007978N",
        "UTM 37 N E 332270 N 4007978",
        "UTM zone 37N 332270 4007978",
        "UTM 37N 332270mE 4007978mN",
        "WGS84 UTM 37N 332270 4007978",
        "332270 4007978 37N",
        "332270, 4007978 (37N)",
        "Zone 37N Easting 332270 Northing 4007978",
        "٣٧ش ٣٣٢٢٧٠ ٤٠٠٧٩٧٨",
        "EPSG:32637 332270, 4007978",
        "332270 4007978 EPSG:32637",
        "SRID=32637;POINT(332270 4007978)",
        "MGRS 37SCA3227007978",
        "37S CA 32270 07978",
        "37s-ca-32270-07978",
    ],
)
def test_a_point_on_the_grid_is_the_same_point(written: str) -> None:
    found = _read(written)
    assert isinstance(found, Reading), found
    assert (round(found.lat, 4), round(found.lon, 4)) == (36.2021, 37.1343)


@pytest.mark.parametrize(
    ("written", "radius"),
    [
        ("36.28 N 36.85 E", 1113.2),
        ("36.283400 N 36.851200 E", 1.0),
        ("36 12.5N 37 8.1E", 185.53),
        ("geo:36.2834,36.8512;u=35", 35.0),
        ("36.2834 36.8512 450.0 80.0", 80.0),
        ("37S CA 32 07", 707.11),
        ("8G8V642M+RP", 8.94),
        ("https://www.openstreetmap.org/#map=15/36.2834/36.8500", 492.93),
    ],
)
def test_the_radius_comes_from_what_is_written(written: str, radius: float) -> None:
    found = _read(written)
    assert isinstance(found, Reading)
    assert found.radius_m == radius


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("0, 0", "null_island"),
        ("0.0 N 0.0 E", "null_island"),
        ("geo:0,0?q=Aleppo", "null_island"),
        ("-36.2, 37.1", "outside_area"),
        ("36.2 N 37.1 W", "outside_area"),
        ("95.5, 36.1", "outside_area"),
        ("95.5, 136.1", "off_the_earth"),
                ("36.2ش 37.1ش", "two_latitudes"),
        ("37.1E 37.2E", "two_longitudes"),
        ("-36.2 N, 37.1 E", "contradictory_labels"),
        ("lat 36.2 E lon 37.1", "contradictory_labels"),
        ("37S 000000 000000", "outside_grid"),
        ("99N 332270 4007978", "outside_grid"),
        ("37T 332270 4007978", "wrong_band"),
        ("37SCA322690797", "truncated_grid"),
        ("37SCA", "truncated_grid"),
        ("37S CA 32269 0797", "truncated_grid"),
        ("37SJA1111", "outside_grid"),
        ("EPSG:99999 100, 200", "unknown_system"),
        ("EPSG:32637 99999999999, 99999999999", "outside_grid"),
        ("geo:36.2,37.1;crs=moon", "unknown_system"),
        ("LINESTRING(36.85 36.28, 36.86 36.29)", "not_a_point"),
        ("MULTIPOINT(36.85 36.28, 36.86 36.29)", "not_a_point"),
        ('{"type": "Point", "coordinates": 5}', "not_a_point"),
        ('{"type": "Polygon", "coordinates": [[1, 2]]}', "not_a_point"),
        ('{"type": "FeatureCollection", "features": [1, 2]}', "not_a_point"),
        ("VQGX+5H", "unknown_town"),
        ("GX+5H Saraqib", "code_too_short"),
        ("///filled.count.soap", "what3words"),
        ("https://what3words.com/filled.count.soap", "what3words"),
        ("https://w3w.co/filled.count.soap", "what3words"),
        ("VQGX+5H Nowhere", "unknown_town"),
        ("VQGX+5H Twin", "ambiguous_town"),
        ("VQGX+5H or VQGX+6H", "not_one_code"),
        ("https://goo.gl/maps/abc", "short_link"),
        ("https://maps.app.goo.gl/AbC", "short_link"),
        ("https://www.google.com/maps/dir/36.2,37.1/36.3,37.2/", "several_places"),
        ("https://maps.google.com/?q=36.2,37.1&destination=36.3,37.2", "several_places"),
        ("https://www.openstreetmap.org/node/123456", "object_link"),
        ("https://www.google.com/maps/place/X/@36.2,", "unknown_link"),
        ("SRID=99999;POINT(1 2)", "unknown_system"),
        ("maps.google.com/?q=36.2834,36.8512&query=36.3,36.9", "several_places"),
        ("https://www.google.com/maps?q=36.2N+37.1N", "two_latitudes"),
        ("https://www.google.com/maps?ll=36.2N+37.1N", "two_latitudes"),
        ("https://example.org/?lat=here&lon=there", "unknown_link"),
        ("a.org//[x?q=1", "unknown_link"),
    ],
)  # fmt: skip
def test_what_must_not_be_used_is_refused_with_the_reason(written: str, reason: str) -> None:
    found = _read(written)
    assert isinstance(found, Refusal), found
    assert found.reason == reason


@pytest.mark.parametrize(
    "written",
    [
        "",
        "36.2",
        "12345",
        "36,2",
        "36, 37",
        "36,28,36,85",
        "0933 123 456",
        "0933123456",
        "00963933123456",
        "2015-11-22",
        "22/11/2015 14:30",
        "22.11.2015",
        "IP 192.168.1.10",
        "8G9",
        "8G8V642M+R",
        "99XYZ1234",
        "؟؟؟",
        "332270 4007978",
        "36.2834, 36.8512 or 36.3, 36.9",
        "about 36.2834, 36.8512",
        "36.2834, 36.8512, 36.9",
        "36°61'00\"N 36°10'00\"E",
        "36°61'00\" 36°10'00\"",
        "5 km east of Ariha",
        "شارع 10",
        "{}",
        "{not json}",
        '{"type": "Point", "coordinates": [1]}',
    ],
)
def test_what_is_not_a_coordinate_as_a_whole_is_none(written: str) -> None:
    assert _read(written) is None


def test_two_numbers_that_fit_only_exchanged_are_exchanged_and_flagged() -> None:
    found = _read("41.23142, 37.05215")
    assert found == Reading(37.05215, 41.23142, 1.11, "degrees", ("swapped",))


def test_two_numbers_that_fit_both_ways_are_flagged() -> None:
    found = _read("36.28340 36.84999")
    assert isinstance(found, Reading)
    assert (found.lat, found.flags) == (36.2834, ("order_assumed",))


def test_the_axis_order_of_epsg_4326_is_settled_only_by_the_area() -> None:
    settled, still_open = _read("EPSG:4326 36.85, 33.2834"), _read("EPSG:4326 36.28, 36.85")
    assert isinstance(settled, Reading)
    assert isinstance(still_open, Reading)
    assert (settled.lat, settled.flags) == (33.2834, ())
    assert still_open.flags == ("axis_order_open",)


def test_without_an_area_utm_needs_its_hemisphere() -> None:
    assert read_coordinate("37 332270 4007978") == Refusal("utm", "hemisphere_open")
    assert isinstance(read_coordinate("37S 332270 4007978"), Reading)
    southern = read_coordinate("36S 332270 8007978")
    assert isinstance(southern, Reading)
    assert southern.lat < 0


@pytest.mark.parametrize("written", ["VQGX+5H سراقب", "سراقب، VQGX+5H", "vqgx+5h Saraqib"])
def test_a_short_plus_code_needs_its_town(written: str) -> None:
    found = _read(written)
    assert isinstance(found, Reading)
    assert (round(found.lat, 4), round(found.lon, 4)) == (35.8754, 36.7989)


def test_words_beside_a_full_plus_code_are_checked() -> None:
    beside, elsewhere = _read("8G7RVQ7R+QG Saraqib"), _read("8G8V642M+RP somewhere")
    assert isinstance(beside, Reading)
    assert isinstance(elsewhere, Reading)
    assert elsewhere.flags == ("words_ignored",)


def test_words_beside_a_link_are_flagged() -> None:
    found = _read("موقعي https://maps.google.com/?q=36.2834,36.8512")
    assert isinstance(found, Reading)
    assert found.flags == ("words_ignored",)
    assert _read("موقعي https://goo.gl/maps/abc") == Refusal("link", "short_link")


def test_the_view_of_a_link_is_flagged() -> None:
    found = _read("https://www.google.com/maps/place/Aleppo/@36.25,37.15,13z")
    assert isinstance(found, Reading)
    assert found.flags == ("map_view", "words_ignored")
    bare = _read("https://www.google.com/maps/@36.25,37.15,13z")
    assert isinstance(bare, Reading)
    assert bare.flags == ("map_view",)


def test_a_coarse_coordinate_is_flagged() -> None:
    found = _read("N36.2 E37.1")
    assert isinstance(found, Reading)
    assert (found.radius_m, found.flags) == (11132.0, ("coarse",))


def test_marks_of_every_script_are_made_plain() -> None:
    assert plain_characters("\u202a٣٦º ١٢′ ٣٠″\u202c ") == "36° 12' 30\""


def test_the_coarser_number_counts() -> None:
    assert radius_of_digits("36", "36.85123") == 111_320.0
