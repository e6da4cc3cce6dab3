"""Where to put more shelters, warehouses or field hospitals, and how good that is known to be.

`p_median` and `max_covering` choose among candidates by numbers, `site_facilities` does it with
tables, streets and rules; `hospital_factors` and `hospital_score` rate places for a field hospital.
"""

from geosector.measure.siting.choose import Choice, max_covering, p_median
from geosector.measure.siting.hospital import (
    FACTORS,
    Factor,
    Rated,
    hospital_factors,
    hospital_score,
)
from geosector.measure.siting.sites import Sited, layers_of, site_facilities
from geosector.measure.siting.told import shown_sites, tell_figures

__all__ = [
    "FACTORS",
    "Choice",
    "Factor",
    "Rated",
    "Sited",
    "hospital_factors",
    "hospital_score",
    "layers_of",
    "max_covering",
    "p_median",
    "shown_sites",
    "site_facilities",
    "tell_figures",
]
