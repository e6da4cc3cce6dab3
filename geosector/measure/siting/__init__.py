"""Where to put more shelters, warehouses or field hospitals, and how good that is known to be."""

from geosector.measure.siting.choose import Choice, max_covering, p_median
from geosector.measure.siting.sites import Sited, site_facilities

__all__ = ["Choice", "Sited", "max_covering", "p_median", "site_facilities"]
