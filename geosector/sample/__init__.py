"""The built-in sample town, Tall al-Mithal: invented, and every file says ``synthetic``.

Doctests, the README, the first notebook and ``geosector demo`` run on it. What is in it and how
it is made: ``README.md`` in this folder.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from geosector.errors import InputError
from geosector.language import text

SAMPLE_COUNT = 8
"""Number of sectors into which the demo divides the town."""

SAMPLE_DATE = "2024-05-15"
"""Day on which the demo publishes: two weeks after the last invented incident."""

SAMPLE_MONTH = "2024-04"
"""Month of which the demo reports: the last of the invented incidents."""

FILES = {
    "boundary": "synthetic_town_boundary.geojson",
    "roads": "synthetic_town_roads.geojson",
    "population": "synthetic_town_population.geojson",
    "facilities": "synthetic_town_facilities.geojson",
    "incidents": "synthetic_town_incidents.csv",
    "gazetteer": "synthetic_town_gazetteer.csv",
    "closures": "synthetic_town_closures.geojson",
    "candidates": "synthetic_town_candidates.geojson",
    "stock": "synthetic_town_stock.csv",
    "needs": "synthetic_town_needs.csv",
    "activities": "synthetic_town_activities.csv",
    "shifts": "synthetic_town_shifts.csv",
}


def sample_path(name: str) -> Path:
    """Give the path of one file of the sample town.

    Parameters
    ----------
    name : str
        ``boundary``, ``roads``, ``population``, ``facilities``, ``incidents``, ``gazetteer``,
        ``closures``, ``candidates``, ``stock``, ``needs``, ``activities`` or ``shifts``.

    Returns
    -------
    pathlib.Path
        The file as it is installed; coordinates in it are EPSG:4326.

    Raises
    ------
    InputError
        For any other name.

    Examples
    --------
    >>> sample_path("roads").name
    'synthetic_town_roads.geojson'
    >>> sample_path("rivers")
    Traceback (most recent call last):
    ...
    geosector.errors.InputError: 'rivers' is not in the sample town. Use one of: boundary, ...
    """
    if name not in FILES:
        raise InputError(
            text(
                "'{name}' is not in the sample town. Use one of: {known}.",
                name=name,
                known=", ".join(FILES),
            )
        )
    return Path(str(resources.files("geosector"))) / "sample" / FILES[name]
