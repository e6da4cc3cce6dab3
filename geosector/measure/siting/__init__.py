"""Where to put more shelters, warehouses or field hospitals, and how good that is known to be."""

from geosector.measure.siting.choose import Choice, max_covering, p_median
from geosector.measure.siting.sites import Sited, layers_of, site_facilities
from geosector.measure.siting.told import shown_sites, tell_figures

__all__ = [
    "Choice",
    "Sited",
    "layers_of",
    "max_covering",
    "p_median",
    "shown_sites",
    "site_facilities",
    "tell_figures",
]
