"""From words to places: written coordinates, p-codes and names, offline."""

from geosector.geocode.batch import geocode
from geosector.geocode.coordinates import read_coordinate
from geosector.geocode.gazetteer import Gazetteer, index_gazetteer
from geosector.geocode.names import name_keys, normalise
from geosector.geocode.reading import Reading, Refusal

__all__ = [
    "Gazetteer",
    "Reading",
    "Refusal",
    "geocode",
    "index_gazetteer",
    "name_keys",
    "normalise",
    "read_coordinate",
]
