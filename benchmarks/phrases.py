"""What phrases about places find: error, share within the radius, wrong among the accepted.

Makes phrases in Arabic, Kurdish and English around the real spellings of ../shared
(``names_dev.csv``: what other sources call a place), each with a true point drawn at random where
the phrase says, and prints by kind: median error, share within 5 km, over 50 km and within the
stated radius, and accepted and wrong (outside the radius). Half of the places are for counting
(``--count`` prints the table ``[counted]`` of ``geosector/geocode/phrases.toml``), the other half
for measuring. The 44 development phrases are measured beside them.

    python benchmarks/phrases.py [--count] [--seed 0] [--no-hint] [--show KIND]
"""
# ruff: noqa: E501 - templates are lines of their own

from __future__ import annotations

import argparse
import time
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geosector.crs import distances_m, move_points
from geosector.geocode import index_gazetteer
from geosector.geocode.context import bearing_between
from geosector.geocode.gazetteer import Gazetteer
from geosector.geocode.match import distance_km
from geosector.geocode.phrases import Placed, place_phrases
from geosector.sources import read_gazetteer

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
EACH = 200

SIDES = {
    0: ("north", "northern", "شمال", "الشمالي", "bakurê", "باکووری"),
    45: ("north-east", "northeastern", "شمال شرق", "الشمالي الشرقي", "bakur-rojhilatê", "باکووری ڕۆژهەڵاتی"),
    90: ("east", "eastern", "شرقي", "الشرقي", "rojhilatê", "ڕۆژهەڵاتی"),
    135: ("southeast", "south-eastern", "جنوب شرقي", "الجنوبي الشرقي", "başûr-rojhilatê", "باشووری ڕۆژهەڵاتی"),
    180: ("south", "southern", "جنوب", "الجنوبي", "başûrê", "باشووری"),
    225: ("south-west", "southwestern", "جنوب غرب", "الجنوبي الغربي", "başûr-rojavayê", "باشووری ڕۆژئاوای"),
    270: ("west", "western", "غرب", "الغربي", "rojavayê", "ڕۆژئاوای"),
    315: ("north west", "north-western", "شمال غربي", "الشمالي الغربي", "bakur-rojavayê", "باکووری ڕۆژئاوای"),
}  # fmt: skip
OFFSETS = {
    "ar": ("{n} كم {ar} {x}", "على بعد {n} كيلو {ar} {x}", "{ar} {x} بـ {n} كم", "{d} كلم {ar} مدينة {x}"),
    "lat": ("{n} km {en} of {x}", "{n}km {en} of {x}", "about {n} kilometers to the {en} of {x}", "{n} km {kmr} {x}", "li {n} kîlometre {kmr} {x}"),
}  # fmt: skip
NEAR = {
    "ar": ("قرب {x}", "بالقرب من {x}", "محيط بلدة {x}", "أطراف {x}", "على مشارف قرية {x}", "لە نزیک {x}"),
    "lat": ("near {x}", "outskirts of {x}", "in the vicinity of {x}", "li nêzî {x}", "{x} outskirts", "near the village of {x}"),
}  # fmt: skip
BETWEEN = {
    "ar": ("بين {x} و {y}", "على الطريق بين {x} و{y}", "طريق {x} - {y}", "الطريق الواصل بين بلدتي {x} و{y}", "لە نێوان {x} و {y}"),
    "lat": ("between {x} and {y}", "on the road between {x} and {y}", "{x} - {y} road", "road from {x} to {y}", "di navbera {x} û {y} de"),
}  # fmt: skip
WITHIN = {
    "ar": ("{x}، {gov_ar}", "{gov_ar} - {x}", "{x} بريف {gov_ar} {ar_adj}", "قرية {x} في ريف {gov_ar} {ar_adj}", "ريف {gov_ar} {ar_adj}: {x}", "{x} ({gov_ar})"),
    "lat": ("{x}, {gov}", "{gov}: {x}", "{x} village in the {en_adj} {gov} countryside", "{x}, {en_adj} countryside of {gov}", "{gov} / {x}", "{x} in {gov} governorate", "gundê {x} li gundewarê {gov}"),
}  # fmt: skip
SENTENCES = {
    "ar": ("قصف مدفعي استهدف قرية {x} بريف {gov_ar} {ar_adj}", "حريق في منزل مدني في بلدة {x} قرب {y}", "غارة جوية على محيط مدرسة في {x} شمال {far} في {gov_ar}"),
    "lat": ("Airstrikes hit the town of {x} in the {en_adj} countryside of {gov}, near the hospital", "A house was hit in {x}, close to {y}, {gov} province", "Reports of the incident mention the village of {x} in the countryside of {gov}, Syria"),
}  # fmt: skip
INNER = {
    "ar": ("حي {q} في {x}", "{x} - حي {q}", "شارع {q}، {x}", "مشفى {q} في مدينة {x}", "{x}، {q}"),
    "lat": ("{q} neighbourhood, {x}", "{x}: {q} street", "the {q} neighborhood of {x} city", "{q} hospital in {x}", "{x}, {q} district", "{x} ({q} square)"),
}  # fmt: skip
FACILITIES = {
    "ar": ("مشفى {x}", "مدرسة في {x}", "قرب مشفى {x}", "مخيم قرب {x}"),
    "lat": ("near the hospital of {x}", "{x} hospital", "a school in {x}", "the market of {x}"),
}
QUARTERS = {
    "ar": ("السنابل الجديدة", "الياسمين", "القدس", "النسيم الغربي", "المعلمين", "تشرين", "الربوة"),
    "lat": ("Al-Sanabel", "Yasmin", "Al-Quds", "Nasim al-Gharbi", "Mualimin", "Tishreen", "Rabwa"),
}
JUNK = (
    "مكان غير معروف", "unknown location", "في الطريق", "منزل مدني", "5 km east of", "قرب المدرسة",
    "near the school", "between the two villages", "على بعد ٣ كم", "the road", "somewhere near",
    "a civilian house", "li nêzî dibistanê", "قصف على منازل المدنيين", "لە نزیک قوتابخانە",
)  # fmt: skip


def index_of_shared() -> Gazetteer:
    """Index the gazetteer of ../shared."""
    return index_gazetteer([read_gazetteer(DATA / "syria" / "gazetteer.csv")[0]])


def is_for_counting(place: str) -> bool:
    """Put half of the places aside for counting."""
    return zlib.crc32(place.encode()) % 2 == 0


def made_phrases(index: Gazetteer, seed: int, *, counting: bool) -> pd.DataFrame:
    """Make phrases of every kind with the point they mean."""
    luck = np.random.default_rng(seed)
    names = pd.read_csv(DATA / "geocode" / "names_dev.csv")
    names = names[names["answerable"] == 1]
    by_id = {place.id: place for place in index.places}
    names = names[[one in by_id for one in names["expected_id"]]]
    half = names[[is_for_counting(one) == counting for one in names["expected_id"]]]
    pools = {"ar": half[half["script"] == "ar"], "lat": half[half["script"] == "lat"]}
    governorates = {row.admin1: row for row in read_governorates().itertuples()}
    rows = []
    for kind in ("offset", "near", "between", "within", "sentence", "inner", "facility"):
        for number in range(EACH):
            script = "ar" if number % 2 else "lat"
            pool = pools[script]
            if kind in {"inner", "facility"}:
                pool = pool[[by_id[one].population >= 10_000 for one in pool["expected_id"]]]
            row = pool.iloc[int(luck.integers(len(pool)))]
            rows.append(_phrase(kind, script, row, pool, by_id, governorates, luck))
    rows += [
        {"kind": "junk", "text": text, "hint": "Aleppo", "lat": np.nan, "lon": np.nan}
        for text in JUNK
    ]
    return pd.DataFrame(rows)


def read_governorates() -> pd.DataFrame:
    """Read the governorates' names and seats."""
    file = DATA / "syria" / "governorates.json"
    table = pd.read_json(file)
    return pd.DataFrame(
        {
            "admin1": [ids["ochaPcode"] for ids in table["externalIds"]],
            "en": [name["en"] for name in table["name"]],
            "ar": [name["ar"] for name in table["name"]],
            "lat": [one["latitude"] for one in table["centroid"]],
            "lon": [one["longitude"] for one in table["centroid"]],
        }
    )


def _phrase(  # noqa: PLR0917 - all that a phrase is made of
    kind: str,
    script: str,
    row: pd.Series,
    pool: pd.DataFrame,
    by_id: dict[str, Any],
    governorates: dict[str, Any],
    luck: np.random.Generator,
) -> dict[str, Any]:
    """Make one phrase. Long because every kind draws its own true point."""
    place = by_id[row["expected_id"]]
    gov = governorates[place.admin1_pcode.upper()]
    values = {"x": row["query"], "gov": gov.en, "gov_ar": gov.ar}
    seat = place._replace(lat=gov.lat, lon=gov.lon)
    side = round(bearing_between(seat, place) / 45) % 8 * 45
    values |= {"en_adj": SIDES[side][1], "ar_adj": SIDES[side][3]}
    others = pool[(pool["lat"] - place.lat).abs() + (pool["lon"] - place.lon).abs() < 0.35]
    others = others[[distance_km(place, by_id[one]) > 2 for one in others["expected_id"]]]
    other = others.iloc[int(luck.integers(len(others)))] if len(others) else row
    values |= {"y": other["query"], "far": gov.ar, "q": str(luck.choice(QUARTERS[script]))}
    point, bearing, metres = (place.lat, place.lon), float(luck.uniform(0, 360)), 0.0
    templates = {
        "offset": OFFSETS, "near": NEAR, "between": BETWEEN, "within": WITHIN,
        "sentence": SENTENCES, "inner": INNER, "facility": FACILITIES,
    }[kind]  # fmt: skip
    if kind == "offset":
        number = int(luck.choice([2, 3, 4, 5, 7, 8, 10, 12]))
        bearing = int(luck.choice(list(SIDES)))
        words = SIDES[bearing]
        arabic = "".join("٠١٢٣٤٥٦٧٨٩"[int(digit)] for digit in str(number))
        values |= {"n": number, "d": arabic, "en": words[0], "ar": words[2], "kmr": words[4]}
        metres = number * 1000 * float(luck.uniform(0.85, 1.15))
        bearing += float(luck.uniform(-12, 12))
    elif kind in {"near", "facility"}:
        metres = float(luck.uniform(0, 2_000))
    elif kind == "inner":
        metres = float(luck.uniform(0, 4_000))
    elif kind == "between":
        share = float(luck.uniform(0.1, 0.9))
        end = by_id[other["expected_id"]]
        point = (
            place.lat + share * (end.lat - place.lat),
            place.lon + share * (end.lon - place.lon),
        )
        metres = float(luck.uniform(0, 500))
    lon, lat = move_points(*(np.array([one]) for one in (point[1], point[0], bearing, metres)))
    text = str(luck.choice(templates[script])).format(**values)
    return {"kind": kind, "text": text, "hint": row["hint_admin1"], "lat": lat[0], "lon": lon[0]}


def measured(phrases: pd.DataFrame, found: list[Placed]) -> pd.DataFrame:
    """Add what was found, and how far off it is."""
    made = phrases.assign(
        decision=[one.decision for one in found],
        form=[one.form for one in found],
        condition=[one.condition for one in found],
        radius=[one.radius_m for one in found],
        found=[None if one.place is None else one.place.name for one in found],
    )
    at = [np.array([getattr(one, side) for one in found], float) for side in ("lon", "lat")]
    wanted = [phrases[side].to_numpy(float) for side in ("lon", "lat")]
    known = ~np.isnan(at[0]) & ~np.isnan(wanted[0])
    error = np.full(len(phrases), np.inf)
    error[known] = distances_m(at[0][known], at[1][known], *(one[known] for one in wanted))
    made["error_km"] = error / 1000
    made["inside"] = error <= made["radius"].astype(float).to_numpy()
    return made


def main() -> None:
    """Count, or print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", action="store_true")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--no-hint", action="store_true")
    options.add_argument("--show", default="")
    given = options.parse_args()
    index = index_of_shared()
    if given.count:
        count(index, given.seed)
        return
    made = made_phrases(index, given.seed, counting=False)
    dev = pd.read_csv(DATA / "geocode" / "phrases_dev.csv").rename(columns={"query": "text"})
    dev = dev.assign(kind="dev " + dev["note"], hint="")
    phrases = pd.concat([made, dev[["kind", "text", "hint", "lat", "lon"]]], ignore_index=True)
    hints = [None if given.no_hint or not hint else index.hint(hint) for hint in phrases["hint"]]
    started = time.process_time()
    found = place_phrases(list(phrases["text"]), index, hints)
    seconds = time.process_time() - started
    table = measured(phrases, found)
    if given.show:
        shown = table[(table["kind"] == given.show) & ~table["inside"]]
        print(shown.drop(columns=["lat", "lon", "inside"]).to_string(max_colwidth=70))
        return
    for kind, rows in [*table.groupby("kind", sort=False), ("all made", table[: len(made)])]:
        accepted = rows["decision"] == "accepted"
        print(
            f"{kind:14} n {len(rows):5}  median {rows['error_km'].median():7.2f} km"
            f"  ≤5 km {100 * (rows['error_km'] <= 5).mean():5.1f} %"
            f"  >50 km {100 * (rows['error_km'] > 50).mean():5.1f} %"
            f"  in radius {100 * rows['inside'].mean():5.1f} %"
            f"  accepted {100 * accepted.mean():5.1f} %, wrong {int((accepted & ~rows['inside']).sum())}"
            f"  refused {100 * (rows['decision'] == 'refused').mean():5.1f} %"
        )
    print(f"{len(phrases) / seconds:.0f} phrases per second of CPU")


def count(index: Gazetteer, seed: int) -> None:
    """Print how often each condition held, without and with the governorate."""
    right: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for further in range(3):
        made = made_phrases(index, seed + 100 + further, counting=True)
        for hints in ([None] * len(made), [index.hint(hint) for hint in made["hint"]]):
            found = place_phrases(list(made["text"]), index, hints)
            table = measured(made, found)
            for one, inside in zip(table["condition"], table["inside"], strict=True):
                of[one] += 1
                right[one] += bool(inside)
    for condition in sorted(of):
        if condition.count(".") == 3 and not condition.startswith("similar"):
            print(f'"{condition}" = [{right[condition]}, {of[condition]}]')


if __name__ == "__main__":
    main()
