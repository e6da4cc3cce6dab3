"""Boundaries that may be relied on: where each comes from, and that its file is the one meant.

``registry.toml`` names the source, licence, date and coordinate system of every boundary, and
either a file beside it with its sha256 or how to obtain one. An office keeps its own registry in
the same form, in a folder of its own, for the files that it brought on a stick.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geosector.crs import require_crs, to_wgs84
from geosector.errors import InputError, UnreadableFileError
from geosector.language import text
from geosector.sources.files import open_source
from geosector.sources.vector import read_vector

ALWAYS = ("name", "source", "licence", "date", "crs")
COLUMNS = (*ALWAYS, "file", "sha256", "obtain", "url", "licence_url", "attribution", "note")


def read_registry(path: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """Read which boundaries there are, under what licence, and how to have each.

    Parameters
    ----------
    path : path-like, optional
        A ``registry.toml`` of your own. Default: the one that comes with geosector.

    Returns
    -------
    pandas.DataFrame
        One row for each boundary, indexed by its short name, all cells text: ``name, source,
        licence, date, crs``, then ``file`` and ``sha256`` or ``obtain``, then ``url,
        licence_url, attribution, note`` (empty where nothing is said).

    Raises
    ------
    UnreadableFileError
        Where the file is missing or not TOML.
    InputError
        Where entries lack what every entry must have: one message names all of them.

    Examples
    --------
    >>> registry = read_registry()
    >>> registry.loc["syria_country_ne50m", ["licence", "crs"]].tolist()
    ['Public domain', 'EPSG:4326']
    >>> registry.loc["ocha_cod_ab_syr", "file"]
    ''
    >>> read_registry("my_registry.toml")
    Traceback (most recent call last):
    ...
    geosector.errors.UnreadableFileError: my_registry.toml: there is no such file. Check its name.
    """
    place = _default_path() if path is None else Path(path)
    try:
        entries = tomllib.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnreadableFileError(
            text("{file}: there is no such file. Check its name.", file=place.name)
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableFileError(
            text("{file}: it cannot be opened ({detail}).", file=place.name, detail=error)
        ) from error
    lacks = [
        f"{key}: {', '.join(gaps)}" for key, entry in entries.items() if (gaps := _gaps(entry))
    ]
    if lacks:
        raise InputError(
            text(
                "{file}: entries lack what every boundary must state ({gaps}). Add it.",
                file=place.name,
                gaps="; ".join(lacks),
            )
        )
    rows = [[str(entry.get(column, "")) for column in COLUMNS] for entry in entries.values()]
    return pd.DataFrame(rows, index=pd.Index(entries, name="id", dtype=object), columns=COLUMNS)


def read_registered(name: str, registry: str | os.PathLike[str] | None = None) -> gpd.GeoDataFrame:
    """Read a registered boundary, after making sure that its file is the one that was registered.

    Parameters
    ----------
    name : str
        Its short name in the registry.
    registry : path-like, optional
        A ``registry.toml`` of your own; files lie beside it. Default: the one of geosector.

    Returns
    -------
    geopandas.GeoDataFrame
        The features as published, in EPSG:4326. ``attrs`` carries ``source``, ``licence``,
        ``attribution`` and ``date``, so that a map can name them, and ``problems``: a tuple of
        `geosector.tables.Problem`.

    Raises
    ------
    InputError
        For an unknown name, or a boundary that you first have to obtain: the message says how.
    UnreadableFileError
        Where the file is missing, cannot be read, or its sha256 is not the registered one.

    Examples
    --------
    >>> country = read_registered("syria_country_ne50m")
    >>> len(country), country.crs.to_string(), country.attrs["attribution"]
    (1, 'EPSG:4326', 'Made with Natural Earth')
    >>> read_registered("natural_earth_admin1")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: 'natural_earth_admin1' is not shipped. Download the 1:10m ...
    """
    place = _default_path() if registry is None else Path(registry)
    known = read_registry(place)
    if name not in known.index:
        raise InputError(
            text("'{name}' is not registered. Use one of: {known}.",
                 name=name, known=", ".join(known.index))
        )  # fmt: skip
    entry = known.loc[name]
    if not entry["file"]:
        raise InputError(
            text("'{name}' is not shipped. {obtain} ({url})",
                 name=name, obtain=entry["obtain"], url=entry["url"])
        )  # fmt: skip
    path = place.parent / entry["file"]
    source = open_source(path)
    _require_sum(path, entry["sha256"])
    features, problems = read_vector(source)
    if not isinstance(features, gpd.GeoDataFrame):
        raise UnreadableFileError(text("{file}: it has no geometry.", file=path.name))
    boundary = to_wgs84(require_crs(features, path.name, entry["crs"]))
    boundary.attrs = {
        **{fact: entry[fact] for fact in ("source", "licence", "attribution", "date")},
        "problems": (*source.problems, *problems),
    }
    return boundary


def _default_path() -> Path:
    """Find the registry: inside the installed package, else in the checkout above it."""
    package = Path(str(resources.files("geosector")))
    installed = package / "boundaries"
    folder = installed if installed.is_dir() else package.parent / "data" / "boundaries"
    return folder / "registry.toml"


def _gaps(entry: object) -> list[str]:
    """Name what an entry lacks, or states in a form that cannot be used."""
    facts: dict[str, Any] = entry if isinstance(entry, dict) else {}
    gaps = [fact for fact in ALWAYS if not str(facts.get(fact, "")).strip()]
    if facts.get("file"):
        # A name only: a registry cannot point out of its folder.
        if Path(str(facts["file"])).name != facts["file"]:
            gaps.append("file")
        written = str(facts.get("sha256", "")).casefold()
        if len(written) != hashlib.sha256().digest_size * 2 or set(written) - set(
            "0123456789abcdef"
        ):
            gaps.append("sha256")
    elif not str(facts.get("obtain", "")).strip():
        gaps.append("file + sha256 / obtain")
    return gaps


def _require_sum(path: Path, registered: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != registered.casefold():
        raise UnreadableFileError(
            text(
                "{file}: its sha256 is {found}, but {registered} is registered. It was changed or "
                "is another edition: obtain it again, or register this one.",
                file=path.name,
                found=found,
                registered=registered.casefold(),
            )
        )
