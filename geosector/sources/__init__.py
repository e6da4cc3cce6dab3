"""Readers: any file becomes a checked table and a list of its problems.

===================  =========================================================================
`read_table`         any table of `geosector.tables`, by its name
`read_tables`        every table of a file, told by its columns or layers
`check_table`        the same for rows that are already loaded
`read_boundary` …    the tables by their own names
`read_areas`         places that may name a sector: pins, sectors edited by hand
`read_layout`        every layer of a layout, to go on working from
`read_plan`          the results of planning that a file holds
`read_borders`       which roads its borders follow
`read_demand`        where people are who are to be served: its blocks, or a population
`require_people`     refuses a layout whose blocks hold square metres
`read_localities`    areas to count in: outlines, or the points of a gazetteer
`read_rows`          any rows as they stand
`read_points`        any rows with a place
`list_readings`      what a file writes otherwise than it was read
`default_gazetteer`  the places that are always there
`read_aliases` …     spellings learned from review
`make_form`          a form for phones (KoboToolbox, ODK) whose export reads back
===================  =========================================================================
"""

from geosector.sources.aliases import append_aliases, read_aliases, with_learned_names
from geosector.sources.forms import FORMS, make_form
from geosector.sources.gazetteers.builtin import default_gazetteer
from geosector.sources.layouts import read_borders, read_demand, read_layout, require_people
from geosector.sources.plans import read_plan
from geosector.sources.read import (
    check_table,
    read_activities,
    read_areas,
    read_barriers,
    read_boundary,
    read_buildings,
    read_closures,
    read_facilities,
    read_gazetteer,
    read_incidents,
    read_localities,
    read_points,
    read_population,
    read_roads,
    read_rows,
    read_sectors,
    read_services,
    read_table,
)
from geosector.sources.readings import list_readings
from geosector.sources.recognise import read_tables

__all__ = [
    "FORMS",
    "append_aliases",
    "check_table",
    "default_gazetteer",
    "list_readings",
    "make_form",
    "read_activities",
    "read_aliases",
    "read_areas",
    "read_barriers",
    "read_borders",
    "read_boundary",
    "read_buildings",
    "read_closures",
    "read_demand",
    "read_facilities",
    "read_gazetteer",
    "read_incidents",
    "read_layout",
    "read_localities",
    "read_plan",
    "read_points",
    "read_population",
    "read_roads",
    "read_rows",
    "read_sectors",
    "read_services",
    "read_table",
    "read_tables",
    "require_people",
    "with_learned_names",
]
