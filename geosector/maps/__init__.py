"""Maps that open anywhere: no network, four languages, nothing in the data ever run."""

from __future__ import annotations

from geosector.maps.draw import draw_map
from geosector.maps.page import Figure, Map

__all__ = ["Figure", "Map", "draw_map"]
