"""Words for what stands in coded columns, in the current language: for legends and phones."""

from __future__ import annotations

from geosector.language import text


def incident_kinds() -> dict[str, str]:
    """Name the kinds of incident, ``other`` last."""
    return {
        "attack": text("Attacks"),
        "fire": text("Fires"),
        "traffic": text("Traffic accidents"),
        "drowning": text("Drownings"),
        "other": text("Other incidents"),
    }


def facility_kinds() -> dict[str, str]:
    """Name the kinds of facility, ``other`` last."""
    return {
        "shelter": text("Shelters"),
        "warehouse": text("Warehouses"),
        "field_hospital": text("Field hospitals"),
        "clinic": text("Clinics"),
        "water_point": text("Water points"),
        "fire_station": text("Fire stations"),
        "school": text("Schools"),
        "other": text("Other facilities"),
    }


def states() -> dict[str, str]:
    """Name the states of facilities and roads."""
    return {
        "open": text("Open"),
        "closed": text("Closed"),
        "damaged": text("Damaged"),
        "planned": text("Planned"),
    }
