"""Where to put more shelters, warehouses or field hospitals, and how good that is known to be."""

from geosector.measure.siting.choose import Choice, max_covering, p_median

__all__ = ["Choice", "max_covering", "p_median"]
