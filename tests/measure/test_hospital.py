"""The score of places for a field hospital: each factor by hand, nothing invented. Synthetic."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geosector.errors import InputError, MissingColumnError
from geosector.measure.siting import FACTORS, Factor, hospital_factors, hospital_score
from tests.measure.test_siting_tables import HOMES, STEP, SYSTEM, YARDS, places, town


def factors(**more) -> pd.DataFrame:
    words = {"minutes": 3.01, "radius_m": 100.0, **more}
    return hospital_factors(YARDS, HOMES, *town(), **words).table.set_index("id")


def test_each_factor_is_what_one_counts_by_hand() -> None:
    seen = places((0, 1), (0, 1), (3, 1))
    wall = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, -100), (900, -100)])], crs=SYSTEM)
    there = places((0, 4), id=["old"])
    found = factors(attacks=seen, barriers=wall, existing=there)
    circle = np.pi * 0.1**2
    assert found["attacks_per_km2"].tolist() == pytest.approx([2 / circle, 1 / circle, 0, 0, 0])
    assert found.loc["w", "nearest_attack_m"] == pytest.approx(STEP, rel=1e-3)
    assert found.loc["v", "barrier_m"] == pytest.approx(STEP + 100, rel=1e-3)
    # from v (0, 1): a 1 minute, c 3, e 3; b 5, d 7
    assert found.loc["v", "people_share"] == pytest.approx((10 + 30 + 50) / 150)
    assert found.loc["v", "mean_minutes"] == pytest.approx(
        (10 * 1 + 20 * 5 + 30 * 3 + 40 * 7 + 50 * 3) / 150, rel=1e-3
    )
    # the old one at c reaches c alone within 3 minutes: a is 4, d 4, e 4 away
    assert found.loc["v", "newly_reached_share"] == pytest.approx((10 + 50) / 150)
    # on the grid no loss parts anybody; on the street that leads away one parts all
    assert found["lost_share"].tolist() == pytest.approx([0, 0, 0, 0, 1.0])
    assert found.loc["z", "roads_in"] == 1


def test_what_was_not_given_is_missing_and_named() -> None:
    scored = hospital_score(factors())
    assert scored["score"].isna().all()
    named = set(scored["missing"].iloc[0].split(";"))
    assert named == {"attacks_per_km2", "nearest_attack_m", "newly_reached_share", "barrier_m"}
    assert (scored["score_least"] <= scored["score_most"]).all()
    none = gpd.GeoDataFrame(geometry=[], crs=SYSTEM)
    whole = hospital_score(factors(attacks=none, barriers=none, existing=none))
    assert whole["missing"].eq("").all()
    assert whole["score"].tolist() == pytest.approx(whole["score_least"].tolist())
    assert whole["score"].between(0, 1).all()


def test_the_score_is_the_sum_of_what_stands_beside_it() -> None:
    none = gpd.GeoDataFrame(geometry=[], crs=SYSTEM)
    scored = hospital_score(factors(attacks=places((0, 1)), barriers=none, existing=none))
    parts = sum(scored[f"{name}_scaled"] * scored[f"{name}_weight"] for name in FACTORS)
    assert scored["score"].tolist() == pytest.approx(parts.tolist())
    assert sum(scored[f"{name}_weight"].iloc[0] for name in FACTORS) == pytest.approx(1)


def test_a_candidate_without_a_place_has_no_factor() -> None:
    yards = places((0, 1), None, id=["v", "none"])
    found = hospital_factors(yards, HOMES, *town(), attacks=places((0, 0))).table
    assert found.loc[1, list(FACTORS)].isna().all()
    assert found.loc[0, "people_share"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"a": Factor(1, 1, 1)}, "expected two different numbers"),
        ({"a": Factor(0, 1, -1)}, "expected two different numbers"),
        ({"a": Factor(0, np.inf, 1)}, "expected two different numbers"),
        ({"b": Factor(0, 1, 1)}, "The factor b holds 'much'"),
    ],
)
def test_scales_that_mean_nothing_are_refused(weights, said) -> None:
    table = pd.DataFrame({"a": [1.0, 2.0], "b": [3, "much"]})
    with pytest.raises(InputError, match=said):
        hospital_score(table, weights)
    with pytest.raises(MissingColumnError, match="lacks the column c"):
        hospital_score(table, {"c": Factor(0, 1, 1)})
