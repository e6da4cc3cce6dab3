"""From words to places: written coordinates, p-codes and names, offline."""

from geosector.geocode.batch import geocode
from geosector.geocode.coordinates import read_coordinate
from geosector.geocode.gazetteer import Gazetteer, index_gazetteer
from geosector.geocode.localities import identify_localities
from geosector.geocode.merging import merge_gazetteers
from geosector.geocode.names import name_keys, normalise
from geosector.geocode.reading import Reading, Refusal
from geosector.geocode.review import apply_review, review_sheet, write_review_sheet

__all__ = [
    "Gazetteer",
    "Reading",
    "Refusal",
    "apply_review",
    "geocode",
    "identify_localities",
    "index_gazetteer",
    "merge_gazetteers",
    "name_keys",
    "normalise",
    "read_coordinate",
    "review_sheet",
    "write_review_sheet",
]
