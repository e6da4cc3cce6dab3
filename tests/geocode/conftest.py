"""A synthetic gazetteer: ten places, among them homonyms, a town of many people and p-codes."""

from __future__ import annotations

import pandas as pd
import pytest

from geosector.geocode import Gazetteer, index_gazetteer


@pytest.fixture
def places() -> pd.DataFrame:
    """Give ten places in two governorates.

    ::

          west (SY90)                    |  east (SY91)
          Al Madina, 200,000 people      |  Kafr Zayt (homonym)
          Kafr Zayt, Dar al Ward         |  Umm al Hajar, Bayt Nur
          Qaryat Tut (p-code C9001)      |  Tall Akhdar, 90 people, and
                                         |  Tall Akhdar, 20,000 people
    """
    rows = [
        ("a1", "Al Madina", "المدينة الكبرى", "Madinah|Medine", 36.0, 36.5, "PPLA", "West", "SY90", "", 200_000),
        ("a2", "Kafr Zayt", "كفر زيت", "", 36.1, 36.6, "PPL", "West", "SY90", "", 0),
        ("a3", "Dar al Ward", "دار الورد", "Dāret el-Werd", 36.2, 36.7, "PPL", "West", "SY90", "", 0),
        ("a4", "Qaryat Tut", "قرية توت", "", 36.3, 36.8, "PPL", "West", "SY90", "C9001", 0),
        ("b1", "Kafr Zayt", "كفر زيت", "", 36.4, 38.0, "PPL", "East", "SY91", "", 0),
        ("b2", "Umm al Hajar", "أم الحجر", "", 36.5, 38.1, "PPL", "East", "SY91", "C9002", 0),
        ("b3", "Bayt Nur", "بيت نور", "", 36.6, 38.2, "PPL", "East", "SY91", "", 0),
        ("b4", "Tall Akhdar", "تل أخضر", "", 36.7, 38.3, "PPL", "East", "SY91", "", 90),
        ("b5", "Tall Akhdar", "تل أخضر", "", 36.7, 38.6, "PPL", "East", "SY91", "", 20_000),
        ("b6", "Hayy ash Shams", "حي الشمس", "", 36.8, 38.7, "PPLX", "East", "SY91", "", 0),
    ]  # fmt: skip
    names = [
        "id", "name", "name_ar", "names", "lat", "lon", "level", "admin1", "admin1_pcode", "pcode",
        "population",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


@pytest.fixture
def index(places: pd.DataFrame) -> Gazetteer:
    return index_gazetteer([places])
