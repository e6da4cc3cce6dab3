"""geosector: divide a city into sectors, place incidents on them, map and report, offline.

The public names, in the order of the work. Each is loaded when it is first used, so that
importing geosector costs little more than importing geopandas.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

# A pool of its own would let Arrow reserve a gigabyte of address space at once, and keep from
# others what it no longer needs. It asks when it is loaded, and never again.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

if TYPE_CHECKING:
    from geosector.assign import (
        Assigner,
        assign,
    )
    from geosector.geocode import (
        geocode,
        identify_localities,
    )
    from geosector.maps import (
        draw_map,
    )
    from geosector.partition import (
        Comparison,
        Layout,
        Reach,
        adopt_layout,
        city_cells,
        compare_layouts,
        describe_borders,
        diagnose_city,
        name_sectors,
        partition_city,
        propose_main_roads,
        tell_borders,
        trade_off,
    )
    from geosector.register import (
        Register,
        merge_registers,
        propose_duplicates,
    )
    from geosector.release import (
        for_audience,
    )
    from geosector.report import (
        write_report,
        write_sector_sheets,
    )
    from geosector.sources import (
        make_form,
        read_activities,
        read_barriers,
        read_boundary,
        read_buildings,
        read_closures,
        read_facilities,
        read_gazetteer,
        read_incidents,
        read_layout,
        read_localities,
        read_plan,
        read_population,
        read_roads,
        read_services,
    )

__version__ = "0.1.0"

__all__ = [
    "Assigner",
    "Comparison",
    "Layout",
    "Reach",
    "Register",
    "adopt_layout",
    "assign",
    "city_cells",
    "compare_layouts",
    "describe_borders",
    "diagnose_city",
    "draw_map",
    "for_audience",
    "geocode",
    "identify_localities",
    "make_form",
    "merge_registers",
    "name_sectors",
    "partition_city",
    "propose_duplicates",
    "propose_main_roads",
    "read_activities",
    "read_barriers",
    "read_boundary",
    "read_buildings",
    "read_closures",
    "read_facilities",
    "read_gazetteer",
    "read_incidents",
    "read_layout",
    "read_localities",
    "read_plan",
    "read_population",
    "read_roads",
    "read_services",
    "tell_borders",
    "trade_off",
    "write_report",
    "write_sector_sheets",
]

_ROOMS = {
    "read_boundary": "geosector.sources",
    "read_roads": "geosector.sources",
    "read_population": "geosector.sources",
    "read_buildings": "geosector.sources",
    "read_barriers": "geosector.sources",
    "read_closures": "geosector.sources",
    "read_facilities": "geosector.sources",
    "read_incidents": "geosector.sources",
    "read_services": "geosector.sources",
    "read_activities": "geosector.sources",
    "read_gazetteer": "geosector.sources",
    "read_layout": "geosector.sources",
    "read_plan": "geosector.sources",
    "read_localities": "geosector.sources",
    "make_form": "geosector.sources",
    "propose_main_roads": "geosector.partition",
    "diagnose_city": "geosector.partition",
    "city_cells": "geosector.partition",
    "trade_off": "geosector.partition",
    "partition_city": "geosector.partition",
    "Reach": "geosector.partition",
    "Layout": "geosector.partition",
    "compare_layouts": "geosector.partition",
    "Comparison": "geosector.partition",
    "adopt_layout": "geosector.partition",
    "name_sectors": "geosector.partition",
    "describe_borders": "geosector.partition",
    "tell_borders": "geosector.partition",
    "geocode": "geosector.geocode",
    "identify_localities": "geosector.geocode",
    "assign": "geosector.assign",
    "Assigner": "geosector.assign",
    "Register": "geosector.register",
    "merge_registers": "geosector.register",
    "propose_duplicates": "geosector.register",
    "for_audience": "geosector.release",
    "draw_map": "geosector.maps",
    "write_report": "geosector.report",
    "write_sector_sheets": "geosector.report",
}


def __getattr__(name: str) -> object:
    room = _ROOMS.get(name)
    if room is None:
        message = f"module 'geosector' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(import_module(room), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_ROOMS])


class _Package(ModuleType):
    """Keeps ``geosector.geocode`` the function when the module of that name has been imported."""

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and _ROOMS.get(name) == value.__name__:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
