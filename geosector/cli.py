"""The commands: each reads, makes public calls and writes. No logic lives here.

Exit codes: 0 the product was written (or, for ``check``, nothing is wrong); 1 ``check`` found
problems, or ``register`` could not do all that it was asked, or found nothing; 2 the command could
not be done, with one sentence on standard error.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import io
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

import geosector
from geosector import language, register, release, sample, sources, storage, tables
from geosector.command_line import (
    Command,
    Option,
    as_area,
    as_cost,
    as_date,
    as_number,
    as_numbers,
    as_path,
    as_period,
    as_point,
    as_switch,
    as_text,
    as_whole,
    isolated,
    one_line,
    one_of,
    read_arguments,
    say,
    some_of,
)
from geosector.errors import GeosectorError, InputError
from geosector.language import number, plural, text
from geosector.measure.coded import unspecified_words

PROBLEMS_FILE = "problems.csv"
OVERRIDES_FILE = "overrides.csv"
LARGEST_SUMMARY = 2**24  # bytes; what is larger is a table
NO_DENSITY = "none"
MAP_FORMATS = (".html", ".htm", ".png", ".pdf", ".svg")


def _demo(args: argparse.Namespace) -> int:
    """Run the other commands on the sample town, each into a folder of its own.

    Long because it is one table: the steps, read from top to bottom.
    """
    out = storage.make_folder(args.out)
    for folder in (
        "check", "sectors", "geocode", "assign", "access", "siting", "release", "map", "report",
        "office-only",
    ):  # fmt: skip
        storage.make_folder(out / folder)
    say(text("The sample town is synthetic: streets, people and incidents are invented."))
    town = {
        name: str(sample.sample_path(name))
        for name in (
            "boundary", "roads", "population", "incidents", "gazetteer", "facilities", "closures",
            "candidates",
        )
    }  # fmt: skip
    layout = str(out / "sectors" / "town.gpkg")
    placed = str(out / "assign" / "incidents.csv")
    reached, sited = str(out / "access" / "town.gpkg"), str(out / "siting" / "shelters.gpkg")
    key = str(out / "office-only" / "masking.key")
    common = ["--lang", args.lang or language.current()]
    steps: list[list[str]] = [
        [
            "check", town["incidents"], "--as", "incidents",
            "--out", str(out / "check" / "problems.csv"),
        ],
        [
            "sectors", "--boundary", town["boundary"], "--roads", town["roads"],
            "--population", town["population"], "--count", str(sample.SAMPLE_COUNT),
            "--out", layout,
        ],
        [
            "geocode", town["incidents"], "--gazetteer", town["gazetteer"], "--column", "locality",
            "--out", str(out / "geocode" / "incidents.csv"),
        ],
        ["assign", str(out / "geocode" / "incidents.csv"), "--sectors", layout, "--out", placed],
        [
            "access", "--roads", town["roads"], "--facilities", town["facilities"],
            "--closed", town["closures"], "--sectors", layout, "--date", sample.SAMPLE_DATE,
            "--out", reached,
        ],
        [
            "siting", "--roads", town["roads"], "--demand", layout,
            "--candidates", town["candidates"], "--existing", town["facilities"],
            "--kind", "shelter", "--closed", town["closures"], "--count", "3",
            "--out", sited,
        ],
        [
            "release", town["facilities"], "--as", "facilities", "--sectors", layout,
            "--audience", "public", "--key-file", key, "--date", sample.SAMPLE_DATE,
            "--out", str(out / "release" / "facilities_public.csv"),
        ],
        *(
            [
                "map", placed, "--sectors", layout, "--roads", town["roads"],
                "--facilities", town["facilities"], "--audience", audience, "--key-file", key,
                "--date", sample.SAMPLE_DATE, "--out", str(out / "map" / f"map_{audience}.html"),
                *(["--plan", reached, "--plan", sited] if audience == "internal" else []),
            ]
            for audience in tables.AUDIENCES
        ),
        [
            "report", town["incidents"], "--gazetteer", town["gazetteer"], "--sectors", layout,
            "--month", sample.SAMPLE_MONTH, "--audience", "public",
            "--date", sample.SAMPLE_DATE, "--out", str(out / "report"),
        ],
    ]  # fmt: skip
    for step in steps:
        say(f"\n$ geosector {' '.join(step)}")
        if main([*step, *common]) == 2:  # noqa: PLR2004 - the exit code of a refused command
            return 2
    say("\n" + text("The results lie in {folder}", folder=out.resolve()))
    return 0


def _read_given(
    args: argparse.Namespace,
    readers: Mapping[str, Callable[..., tuple[Any, pd.DataFrame]]],
    problems: list[pd.DataFrame],
) -> dict[str, Any]:
    """Read the files of options that may be missing, and add what is wrong in them."""
    given: dict[str, Any] = dict.fromkeys(readers)
    for name, read in readers.items():
        if getattr(args, name) is not None:
            given[name], found = read(getattr(args, name))
            problems.append(found)
    return given


def _sectors(args: argparse.Namespace) -> int:
    if args.sheets is not None:
        release.stamp(args.audience)  # before hours of work: sheets need to know who sees them
    boundary, boundary_problems = sources.read_boundary(args.boundary, crs=args.crs)
    roads, road_problems = sources.read_roads(args.roads, crs=args.crs)
    problems = [boundary_problems, road_problems]
    readers: dict[str, Callable[..., tuple[Any, pd.DataFrame]]] = {
        "population": partial(
            sources.read_population, crs=args.crs, within=boundary, per=args.population_per
        ),
        "buildings": partial(sources.read_buildings, crs=args.crs),
        "barriers": partial(sources.read_barriers, crs=args.crs),
        "main_roads": partial(sources.read_roads, crs=args.crs),
        "previous": sources.read_layout,
        "pin": partial(sources.read_areas, crs=args.crs),
        "places": sources.read_gazetteer,
        "facilities": partial(sources.read_facilities, crs=args.crs),
    }
    more = _read_given(args, readers, problems)
    facilities = more.pop("facilities")
    layout = geosector.partition_city(
        boundary,
        roads,
        args.count,
        pins=more.pop("pin"),
        **more,
        spread=args.spread,
        main_names=args.main_name,
        plots=args.plots,
        tolerance=args.tolerance,
        costs=dict(args.cost),
        parts=args.parts,
        contiguity=args.contiguity,
        split=args.split,
        seed=args.seed,
        iterations=args.iterations,
        seconds=args.seconds,
        valid_from=_iso(args.valid_from),
        move_price=args.move_price,
    )
    _write_layout(layout, args.out)
    if args.cells is not None:
        storage.write_table(layout.cells, args.cells)
        _write_summary(args.cells, {"rows": len(layout.cells)})
    _sheets(args, layout, roads=roads, places=more["places"], facilities=facilities)
    _tell_problems([*problems, layout.problems], args.out)
    return 0


def _adopt(args: argparse.Namespace) -> int:
    edited, edited_problems = sources.read_areas(args.file, crs=args.crs)
    blocks, block_problems = sources.read_layout(args.blocks)
    layout = geosector.adopt_layout(
        edited, blocks, borders=args.borders, valid_from=_iso(args.valid_from)
    )
    _write_layout(layout, args.out)
    _tell_problems([edited_problems, block_problems, layout.problems], args.out)
    return 0


def _write_layout(layout: geosector.Layout, out: Path) -> None:
    """Write a layout and what it is; say what came out."""
    from geosector.partition import layers_of
    from geosector.partition.tell import tell_summary

    storage.write_layers(layers_of(layout), out)
    _write_summary(out, layout.summary)
    say(layout.sectors.drop(columns="geometry").to_string(index=False))
    for line in tell_summary(layout.summary):
        say(line)


def _sheets(
    args: argparse.Namespace,
    layout: geosector.Layout,
    *,
    roads: gpd.GeoDataFrame,
    places: pd.DataFrame | None,
    facilities: gpd.GeoDataFrame | None,
) -> None:
    """Write a sheet for each sector where they were asked for."""
    if args.sheets is None:
        return
    from geosector.report import write_sector_sheets

    write_sector_sheets(
        layout,
        args.sheets,
        audience=args.audience,
        date=args.date,
        facilities=facilities,
        roads=roads,
        places=places,
        key=_masking_key(args),
    )
    say(text("The sheets of the sectors are in {folder}", folder=args.sheets))


def _siting(args: argparse.Namespace) -> int:
    from geosector.measure import siting
    from geosector.measure.access.network import build_network
    from geosector.measure.access.travel import MODES, shut_by, travel_times

    roads, road_problems = sources.read_roads(args.roads, crs=args.crs)
    demand, demand_problems = sources.read_demand(args.demand, crs=args.crs)
    candidates, candidate_problems = sources.read_facilities(args.candidates, crs=args.crs)
    problems = [road_problems, demand_problems, candidate_problems]
    readers: dict[str, Callable[..., tuple[Any, pd.DataFrame]]] = {
        "existing": partial(sources.read_facilities, crs=args.crs),
        "avoid": partial(sources.read_areas, crs=args.crs),
        "barriers": partial(sources.read_barriers, crs=args.crs),
        "sectors": sources.read_sectors,
        "closed": partial(sources.read_closures, crs=args.crs),
    }
    more = _read_given(args, readers, problems)
    built = build_network(roads)
    problems.append(built.problems)
    closures = more.pop("closed")
    shut: dict[str, Any] = {}
    if closures is not None:
        closing = shut_by(built.network, closures)
        problems.append(closing.problems)
        shut = {"closed": closing.closed, "damaged": closing.damaged, "walls": closing.walls}
    mode = MODES[args.mode]
    travel = travel_times(built.network, roads, mode, day=args.date, **shut)
    sited = siting.site_facilities(
        demand,
        candidates,
        built.network,
        travel,
        args.count,
        method=args.method,
        minutes=args.minutes,
        kind=args.kind,
        capacities=args.capacities,
        split=not args.whole,
        day=args.date,
        away_m=args.away_m,
        two_roads=args.two_roads,
        seed=args.seed,
        iterations=args.iterations,
        seconds=args.seconds,
        **more,
    )
    storage.write_layers(siting.layers_of(sited), args.out)
    _write_summary(args.out, {**sited.figures, "mode": mode.name})
    say(siting.shown_sites(sited.sites))
    for line in siting.tell_figures(sited.figures):
        say(line)
    _tell_problems([*problems, sited.problems], args.out)
    return 0


def _geocode(args: argparse.Namespace) -> int:
    from geosector.geocode import review_sheet, write_review_sheet

    _require_review_options(args)
    rows, problems = sources.read_rows(args.file)
    gazetteers, more_problems = _read_gazetteers(args.gazetteer)
    roads = None
    if args.roads is not None:
        roads, found = sources.read_roads(args.roads, crs=args.crs)
        more_problems += [found]
    if args.aliases is not None:
        gazetteers, found = _with_aliases(gazetteers, args.aliases)
        more_problems += found
    matches = geosector.geocode(
        rows,
        gazetteers,
        column=args.column,
        admin=args.admin,
        area=args.area,
        towns=sources.default_gazetteer(),
        cache=args.cache,
        roads=roads,
        report=args.report_column,
    )
    if args.reviewed is not None:
        matches, found = _reviewed(args, matches, gazetteers)
        more_problems += found
    storage.write_table(matches, args.out)
    if args.review is not None:
        sheet = review_sheet(matches, gazetteers)
        write_review_sheet(sheet, args.review)
        _write_summary(args.review, {"rows": len(sheet)})
        say(text("What is to be decided is in {file}", file=args.review))
    _tell_matches(matches, args.out)
    _tell_problems([problems, *more_problems], args.out)
    return 0


def _require_review_options(args: argparse.Namespace) -> None:
    """Refuse options that do nothing, and sheets that could not be written, before the work."""
    if args.review is not None:
        storage.require_writable(args.review, storage.FORM_FORMATS)
    if args.reviewed is not None and args.office is None:
        raise InputError(
            text("--reviewed needs --office CODE: the office that decided, never a person.")
        )
    needs_reviewed = {"--office": args.office, "--date": args.date}
    for flag, given in needs_reviewed.items():
        if given is not None and args.reviewed is None:
            raise InputError(text("{flag} goes with --reviewed SHEET. Give both.", flag=flag))


def _with_aliases(
    gazetteers: Sequence[pd.DataFrame], path: Path
) -> tuple[list[pd.DataFrame], list[pd.DataFrame]]:
    """Teach gazetteers the spellings learned from earlier reviews."""
    aliases, problems = sources.read_aliases(path)
    learned = [sources.with_learned_names(one, aliases) for one in gazetteers]
    unknown = [one["given"] for _, one in learned]
    nowhere = set(unknown[0]).intersection(*unknown[1:])
    missing = learned[0][1]
    missing = missing[missing["given"].isin(nowhere)].assign(file=path.name)
    return [one for one, _ in learned], [problems, missing]


def _reviewed(
    args: argparse.Namespace, matches: pd.DataFrame, gazetteers: Sequence[pd.DataFrame]
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Put the decisions of a sheet into the matches, and keep what was learned from them."""
    from geosector.geocode import apply_review

    sheet, sheet_problems = sources.read_rows(args.reviewed)
    decided, problems, aliases = apply_review(
        matches,
        sheet,
        gazetteers,
        office=args.office,
        date=_iso(args.date or _today()),
        file=args.reviewed.name,
    )
    if args.aliases is not None:
        sources.append_aliases(args.aliases, aliases)
        say(
            plural(
                "{n} spelling was learned.",
                "{n} spellings were learned.",
                len(aliases),
            )
        )
    return decided, [sheet_problems, problems]


def _tell_matches(matches: pd.DataFrame, out: Path) -> None:
    counts = matches["decision"].value_counts()
    summary = {"rows": len(matches), **{str(key): int(n) for key, n in sorted(counts.items())}}
    _write_summary(out, summary)
    accepted, review, refused = (
        int(counts.get(decision, 0)) for decision in ("accepted", "review", "refused")
    )
    say(
        plural(
            "{n} row: {accepted} accepted, {review} to review, {refused} refused.",
            "{n} rows: {accepted} accepted, {review} to review, {refused} refused.",
            len(matches),
            accepted=language.number(accepted),
            review=language.number(review),
            refused=language.number(refused),
        )
    )
    if "advice" in matches.attrs:
        say(matches.attrs["advice"])


def _read_gazetteers(paths: Sequence[Path]) -> tuple[list[pd.DataFrame], list[pd.DataFrame]]:
    if not paths:
        return [sources.default_gazetteer()], []
    read = [sources.read_gazetteer(path) for path in paths]
    return [table for table, _ in read], [problems for _, problems in read]


def _assign(args: argparse.Namespace) -> int:
    points, problems = sources.read_points(args.file, crs=args.crs)
    zones, zone_problems = sources.read_sectors(args.sectors)
    placed = geosector.assign(points, zones)
    storage.write_table(placed, args.out)
    inside = int(placed["sector_id"].notna().sum())
    _write_summary(args.out, {"rows": len(placed), "placed": inside})
    say(
        plural(
            "{n} row: {inside} in a sector.",
            "{n} rows: {inside} in a sector.",
            len(placed),
            inside=language.number(inside),
        )
    )
    _tell_problems([problems, zone_problems], args.out)
    return 0


def _map(args: argparse.Namespace) -> int:
    densities = _densities(args.densities)
    key = _masking_key(args)
    incidents, problems = sources.read_incidents(args.file, crs=args.crs)
    found = [problems]
    readers: dict[str, Callable[..., tuple[Any, pd.DataFrame]]] = {
        "sectors": sources.read_sectors,
        "roads": partial(sources.read_roads, crs=args.crs),
        "buildings": partial(sources.read_buildings, crs=args.crs),
        "water": partial(sources.read_table, name="water", crs=args.crs),
        "facilities": partial(sources.read_facilities, crs=args.crs),
        "localities": partial(sources.read_localities, crs=args.crs),
        "boundary": partial(sources.read_boundary, crs=args.crs),
        "surveyed": partial(sources.read_boundary, crs=args.crs),
    }
    around: dict[str, Any] = {}
    for name, read in readers.items():
        if getattr(args, name) is not None:
            around[name], more = read(getattr(args, name))
            found.append(more)
    if args.sectors is not None:
        around["borders"], more = sources.read_borders(args.sectors)
        found.append(more)
    plan, more = _read_plans(args)
    found.append(more)
    drawn = geosector.draw_map(
        incidents,
        **around,
        plan=plan,
        override=_decision(args),
        audience=args.audience,
        lang=language.current(),
        date=args.date,
        key=key,
        densities=densities,
        bandwidth_m=args.bandwidth,
        step=args.step,
        compare=args.compare,
        title=args.title,
        source=args.source,
        tiles=args.tiles,
    )
    drawn.save(args.out)
    say(text("The map is in {file}", file=args.out))
    _log_plan(args, plan, args.out)
    _tell_problems(found, args.out, args.audience)
    return 0


def _read_plans(args: argparse.Namespace) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Read the results of planning; of a table that two files hold, the later one counts."""
    plan: dict[str, pd.DataFrame] = {}
    found = [tables.problems_table([])]
    for path in args.plan:
        held, more = sources.read_plan(path, crs=args.crs)
        plan.update(held)
        found.append(more)
    return plan, pd.concat(found, ignore_index=True)


def _decision(args: argparse.Namespace) -> release.Override | None:
    """Take the decision to show a partner the tables of a plan that go by agreement only."""
    if args.override is None:
        return None
    return release.Override(args.decided_by or "", args.override)


def _densities(given: Sequence[Sequence[str]]) -> list[str] | None:
    """Join the kinds of incident that were given; None where nothing was said about them."""
    kinds = [kind for kinds in given for kind in kinds]
    if NO_DENSITY not in kinds:
        return kinds or None
    if set(kinds) != {NO_DENSITY}:
        raise InputError(
            text(
                "--densities is given {kinds}. Give kinds of incident, or none alone.",
                kinds=", ".join(kinds),
            )
        )
    return []


def _report(args: argparse.Namespace) -> int:
    from geosector import report

    office = report.read_office(args.office) if args.office is not None else report.PLAIN
    release.stamp(args.audience)  # before a minute of work: who will see it must be known
    formats = _formats()
    incidents, problems = sources.read_incidents(args.file, crs=args.crs)
    found = [problems]
    gazetteers = []
    for path in args.gazetteer:
        gazetteer, more = sources.read_gazetteer(path, crs=args.crs)
        gazetteers.append(gazetteer)
        found.append(more)
    zones = None
    if args.sectors is not None:
        zones, more = sources.read_sectors(args.sectors)
        found.append(more)
    tables_read: dict[str, Any] = dict.fromkeys(("services", "recommendations"))
    for name in tables_read:
        if getattr(args, name) is not None:
            tables_read[name], more = sources.read_table(getattr(args, name), name, crs=args.crs)
            found.append(more)
    plan, more = _read_plans(args)
    found.append(more)
    told = geosector.identify_localities(
        incidents, gazetteers or None, nothing=unspecified_words(), file=args.file.name
    )
    made = geosector.write_report(
        told.table,
        args.month,
        args.out,
        audience=args.audience,
        lang=args.lang,
        **tables_read,
        date=args.date,
        source=args.source,
        office=office,
        problems=pd.concat([*found, told.problems], ignore_index=True),
        readings=_readings(args.file, incidents, problems),
        file=args.file.name,
        sectors=zones,
        gazetteer=gazetteers,
        plan=plan,
        override=_decision(args),
        key=None if args.key_file is None else release.read_key(args.key_file),
        formats=formats,
        engine=args.engine,
    )
    _tell_located(told)
    _log_plan(args, plan, args.out / "report.json")
    for one in report.find(made.numbers):
        say(report.remark(one, made.numbers, language.current()))
    for file in made.files:
        say(str(file))
    return 0


def _tell_located(told: Any) -> None:  # noqa: ANN401 - as `identify_localities` gives it
    say(
        text(
            "{named} of {rows} rows name a place; {located} of these could be located.",
            named=told.named,
            rows=len(told.table),
            located=told.located,
        )
    )


def _formats() -> list[str]:
    """List the formats of a report that can be made here, and say which cannot."""
    from geosector import report

    formats = list(report.FORMATS)
    if not any(report.runs(engine) for engine in report.ENGINES):
        formats.remove("pdf")
        say(text("No PDF is made: install geosector[pdf]."), sys.stderr)
    return formats


def _readings(file: Path, incidents: pd.DataFrame, problems: pd.DataFrame) -> pd.DataFrame:
    """List what a file of incidents writes otherwise than it was read."""
    cells, _ = sources.read_rows(file)
    return sources.list_readings(cells, incidents, "incidents", file=file.name, besides=problems)


def _access(args: argparse.Namespace) -> int:
    from geosector.measure.access.tell import tell_access
    from geosector.measure.access.within import at_greatest
    from geosector.measure.city import assess_access

    layout, layout_problems = sources.read_layout(args.sectors)
    _require_people(layout, args.sectors)
    roads, road_problems = sources.read_roads(args.roads, crs=args.crs)
    facilities, facility_problems = sources.read_facilities(args.facilities, crs=args.crs)
    problems = [layout_problems, road_problems, facility_problems]
    readers: dict[str, Callable[..., tuple[Any, pd.DataFrame]]] = {
        "closed": partial(sources.read_closures, crs=args.crs),
        "exits": partial(sources.read_points, crs=args.crs),
        "avoid": partial(sources.read_points, crs=args.crs),
    }
    more = _read_given(args, readers, problems)
    city = assess_access(
        roads,
        facilities,
        layout["sectors"],
        layout["blocks"],
        closures=more["closed"],
        mode=args.mode,
        minutes=args.minutes,
        kinds=args.kinds,
        count=args.count,
        day=args.date,
        exits=more["exits"],
        avoid=more["avoid"],
        ways=args.ways,
        shelter_minutes=args.shelter_minutes,
        stale_days=args.stale_days,
    )
    storage.write_layers(city.layers(), args.out)
    _write_summary(args.out, city.summary)
    say(at_greatest(city.access).to_string(index=False))
    for line in tell_access(city.summary):
        say(line)
    _tell_problems([*problems, city.problems], args.out)
    return 0


def _require_people(layout: Mapping[str, Any], path: Path) -> None:
    """Refuse a file without sectors, and blocks that hold square metres in the place of people."""
    if "sectors" not in layout:
        raise InputError(
            text(
                "{file}: it has no layer 'sectors'. Give a GeoPackage that geosector sectors "
                "wrote.",
                file=path.name,
            )
        )
    sources.require_people(layout.get("summary", {}), path.name)


def _release(args: argparse.Namespace) -> int:
    key = _masking_key(args)
    found = []
    zones = None
    if args.sectors is not None:
        zones, zone_problems = sources.read_sectors(args.sectors)
        found.append(zone_problems)
    people = None
    if args.people is not None:
        people, people_problems = sources.read_population(args.people)
        found.append(people_problems)
    override = None
    if args.override is not None:
        override = release.Override(args.office or "", args.override)
    seen = {}
    for name, (rows, problems) in sources.read_tables(
        args.file, getattr(args, "as"), crs=args.crs
    ).items():
        found.append(problems)
        seen[name] = release.stamped(
            geosector.for_audience(
                rows, args.audience, name=name, sectors=zones, key=key, date=args.date,
                people=people, least_people=args.least_people, override=override,
            ),
            args.source,
        )  # fmt: skip
    rows_seen = {name: len(rows) for name, rows in seen.items()}
    stamp = _stamp_of(args, args.audience)
    stamp = stamp._replace(sentence=next(iter(seen.values())).attrs["stamp"])
    with storage.stamping(stamp):
        if len(seen) == 1:
            storage.write_table(next(iter(seen.values())), args.out)
        else:
            storage.write_layers(seen, args.out)
        _write_summary(args.out, {"rows": rows_seen, "released_by": args.source})
    if override is not None:
        _log_override(args, override, rows_seen, args.out)
    _tell_problems(found, args.out, args.audience)
    return 0


def _log_plan(args: argparse.Namespace, plan: dict[str, pd.DataFrame], product: Path) -> None:
    """List the decision by which a partner sees tables of a plan, where there was one."""
    override = _decision(args)
    if override is not None:
        _log_override(args, override, {name: len(rows) for name, rows in plan.items()}, product)


def _log_override(
    args: argparse.Namespace,
    override: release.Override,
    rows_seen: dict[str, int],
    product: Path,
) -> None:
    """Add a line to the office's list of decisions: what was shown to whom, when and why."""
    log = getattr(args, "log", None) or product.parent / OVERRIDES_FILE
    day = args.date or _today()
    lines = [
        {
            "date": day.isoformat(), "office": override.office, "reason": override.reason,
            "audience": args.audience, "table": name, "rows": count, "file": product.name,
            "sha256": hashlib.sha256(product.read_bytes()).hexdigest(),
        }
        for name, count in rows_seen.items()
    ]  # fmt: skip
    earlier = [sources.read_rows(log)[0]] if log.exists() else []
    listed = pd.concat([*earlier, pd.DataFrame(lines)], ignore_index=True)
    with storage.stamping(_stamp_of(args, "internal")):
        storage.write_table(listed, log)
        _write_summary(log, {"rows": len(listed)})
    say(text("The decision is listed in {file}; keep that list in your office.", file=log))


def _merge(args: argparse.Namespace) -> int:
    beside = args.out.with_suffix(".conflicts.csv")
    storage.require_writable(beside, (".csv",))
    merged = geosector.merge_registers(args.first, args.second, args.out, office=args.office)
    storage.write_bytes(beside, b"", mode=0o600)  # what is replaced keeps its permissions
    storage.write_table(merged.conflicts, beside)
    _write_summary(beside, {"rows": len(merged.conflicts)})
    with geosector.Register(args.out) as opened:
        rows = {name: len(opened.table(name)) for name in ("facilities", "incidents")}
        head = str(opened.head())
    _write_summary(args.out, {"rows": rows, "conflicts": len(merged.conflicts), "head": head})
    if merged.sequence is None:
        say(text("{file} holds nothing new.", file=args.second))
    say(text("The register ends with {head}", head=head))
    if not merged.conflicts.empty:
        say(
            plural(
                "{n} conflict, listed in {file}",
                "{n} conflicts, listed in {file}",
                len(merged.conflicts),
                file=beside,
            ),
            sys.stderr,
        )
    return 0


def _check(args: argparse.Namespace) -> int:
    wanted = getattr(args, "as")
    if register.is_register(args.file):
        with geosector.Register(args.file) as opened:
            problems = opened.verify(head=args.head)
            say(text("The register ends with {head}", head=opened.head()))
    elif wanted is None or args.head is not None:
        raise InputError(
            text(
                "{file} is not a register: say with --as which table it is. --head is for "
                "registers only.",
                file=args.file,
            )
        )
    else:
        rows, problems = sources.read_table(args.file, wanted, crs=args.crs)
        say(plural("{n} good row.", "{n} good rows.", len(rows)))
    return _list_problems(problems, args.out)


def _list_problems(problems: pd.DataFrame, out: Path | None) -> int:
    """Print problems, and write them where that was asked for; give the exit code."""
    if out is not None:
        storage.write_table(problems, out)
        _write_summary(out, {"rows": len(problems)})
    if problems.empty:
        return 0
    say(plural("{n} problem:", "{n} problems:", len(problems)))
    shown = _shown(problems)
    say("\n".join(one_line(_told(problem)) for problem in shown.itertuples(index=False)))
    more = len(problems) - len(shown)
    if more and out is not None:
        say(plural("{n} more is in {file}.", "{n} more are in {file}.", more, file=out))
    elif more:
        say(
            plural(
                "{n} more of these kinds is not shown; --out FILE writes all of them.",
                "{n} more of these kinds are not shown; --out FILE writes all of them.",
                more,
            )
        )
    return 1


# So many problems are printed; of more, so many of each kind: nobody reads a million lines.
_SHOWN, _SHOWN_OF_A_KIND = 1_000, 50


def _shown(problems: pd.DataFrame) -> pd.DataFrame:
    """Choose what is printed: all problems, or the first ones of each kind."""
    if len(problems) <= _SHOWN:
        return problems
    kinds = problems.groupby(["column", "expected"], dropna=False, sort=False)
    return problems[kinds.cumcount().to_numpy() < _SHOWN_OF_A_KIND]


# --------------------------------------------------------------- a register


def _register(args: argparse.Namespace) -> int:
    """Do one thing with a register, after a look at what was said about it."""
    action = _ACTIONS[args.action]
    given = {
        name for name, value in vars(args).items() if value is not None
    } - {"file", "action", "lang"}  # fmt: skip
    missing = [_flag(name) for name in action.needs if name not in given]
    if missing:
        raise InputError(
            text(
                "{action} cannot do without {flags}. See geosector register --help.",
                action=args.action,
                flags=", ".join(missing),
            )
        )
    strange = sorted(given - {*action.needs, *action.takes})
    if strange:
        raise InputError(
            text(
                "{flag} does not go with {action}. See geosector register --help.",
                flag=_flag(strange[0]),
                action=args.action,
            )
        )
    with geosector.Register(args.file, office=args.office, create=False) as opened:
        return action.run(opened, args)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _near(opened: geosector.Register, args: argparse.Namespace) -> int:
    status = args.status or "open"
    lon, lat = args.at
    found = opened.nearest(
        args.kind,
        lon,
        lat,
        1 if args.count is None else args.count,
        status=None if status == ANY else status,
        at=args.date,
    )
    if not found:
        say(text("There is no such facility in the register."))
        return 1
    there = opened.table("facilities").set_index("id", drop=False)
    listed = there.loc[[one.id for one in found]].reset_index(drop=True)
    shown = listed[["id", "kind", "status", "name", "capacity"]].copy()
    shown.insert(1, "distance_m", [round(one.distance_m) for one in found])
    say(shown.fillna("").map(isolated).to_string(index=False))
    if args.out is not None:
        listed.insert(1, "distance_m", [round(one.distance_m, 1) for one in found])
        storage.write_table(listed, args.out)
        _write_summary(args.out, {"rows": len(listed)})
    return 0


def _duplicates(opened: geosector.Register, args: argparse.Namespace) -> int:
    storage.require_writable(args.out, storage.FORM_FORMATS)
    least = {} if args.threshold is None else {"threshold": args.threshold}
    sheet = opened.duplicates_sheet(**least)
    register.write_duplicates_sheet(sheet, args.out)
    _write_summary(args.out, {"rows": len(sheet)})
    say(
        plural(
            "{n} pair of reports that may be of one event, to be marked in {file}",
            "{n} pairs of reports that may be of one event, to be marked in {file}",
            len(sheet),
            file=args.out,
        )
    )
    return 0


def _decide(opened: geosector.Register, args: argparse.Namespace) -> int:
    sheet, found = sources.read_rows(args.sheet)
    decided = opened.decide_duplicates(sheet, file=args.sheet.name)
    if sheet.empty:  # no pair was proposed: that is no fault of the sheet
        say(text("{file} has no pairs: there was nothing to decide.", file=args.sheet.name))
        about_rows = found[["row", "column"]].notna().any(axis="columns")
        return _list_problems(found[about_rows], args.out)
    say(
        plural(
            "{n} pair decided: {merged} merged, {apart} kept apart, {before} decided before.",
            "{n} pairs decided: {merged} merged, {apart} kept apart, {before} decided before.",
            decided.merged + decided.apart + decided.before,
            merged=number(decided.merged),
            apart=number(decided.apart),
            before=number(decided.before),
        )
    )
    problems = pd.concat([found, decided.problems], ignore_index=True)
    return _list_problems(problems, args.out)


def _history(opened: geosector.Register, args: argparse.Namespace) -> int:
    told = opened.history(getattr(args, "as"), args.id)
    say(told.astype(object).where(told.notna(), "").map(isolated).to_string(index=False))
    if args.out is not None:
        storage.write_table(told, args.out)
        _write_summary(args.out, {"rows": len(told)})
    return 0


def _undo(opened: geosector.Register, args: argparse.Namespace) -> int:
    return _tell_written([opened.undo(getattr(args, "as"), args.id, sequence=args.change)])


def _unmerge(opened: geosector.Register, args: argparse.Namespace) -> int:
    return _tell_written([opened.undo_merge(args.change)])


def _accept(opened: geosector.Register, args: argparse.Namespace) -> int:  # noqa: ARG001 - one of several
    return _tell_written(opened.accept_outside())


def _tell_written(made: Sequence[int]) -> int:
    if not made:
        say(text("There was nothing to write down."))
        return 0
    say(
        plural(
            "{n} change was written down, as number {last}.",
            "{n} changes were written down, the last one as number {last}.",
            len(made),
            last=made[-1],
        )
    )
    return 0


def _style(opened: geosector.Register, args: argparse.Namespace) -> int:  # noqa: ARG001 - one of several
    styled = opened.restyle()
    say(
        plural(
            "{n} layer was styled. What was edited in QGIS is kept.",
            "{n} layers were styled. What was edited in QGIS is kept.",
            len(styled),
        )
    )
    return 0


class _Action(NamedTuple):
    """What can be done with a register: which options it needs, and which it takes besides."""

    run: Callable[[geosector.Register, argparse.Namespace], int]
    needs: tuple[str, ...]
    takes: tuple[str, ...] = ()


ANY = "any"
_ACTIONS = {
    "near": _Action(_near, ("at",), ("kind", "status", "count", "date", "out")),
    "history": _Action(_history, ("as", "id"), ("out",)),
    "undo": _Action(_undo, ("as", "id", "office"), ("change",)),
    "duplicates": _Action(_duplicates, ("out",), ("threshold",)),
    "decide": _Action(_decide, ("sheet", "office"), ("out",)),
    "unmerge": _Action(_unmerge, ("office",), ("change",)),
    "accept": _Action(_accept, ("office",)),
    "style": _Action(_style, ("office",)),
}


# --------------------------------------------------------------- forms


def _form(args: argparse.Namespace) -> int:
    storage.write_layers(geosector.make_form(args.form, lang=language.current()), args.out)
    say(text("The form is in {file}", file=args.out))
    return 0


def _told(problem: Any) -> str:  # noqa: ANN401 - a row of the problems
    """Say one problem in one sentence that stays readable where Arabic and Latin letters meet."""
    given, expected, action = (
        "" if pd.isna(words) else isolated(words)
        for words in (problem.given, problem.expected, problem.action)
    )
    column = "" if pd.isna(problem.column) else isolated(problem.column)
    if pd.isna(problem.row):
        place = column or text("the file")
    else:
        place = text("row {row}", row=number(int(problem.row)))
        place = f"{place}, {column}" if column else place
    if not given:
        return text("{place}: expected {expected}. {action}",
                    place=place, expected=expected, action=action)  # fmt: skip
    return text("{place}: found {given}, expected {expected}. {action}",
                place=place, given=given, expected=expected, action=action)  # fmt: skip


# --------------------------------------------------------------- what the commands share


def _masking_key(args: argparse.Namespace) -> bytes | None:
    from geosector.release import read_key

    return None if args.key_file is None else read_key(args.key_file)


def _stamp_of(args: argparse.Namespace, audience: str) -> storage.Stamp:
    """Say for whom a file is, of which day, and from whom: in the office, from which files."""
    source = getattr(args, "source", None)
    if not source and audience == "internal":
        given = (getattr(args, name, None) for name in _INPUTS)
        source = ", ".join(one.name for one in given if isinstance(one, Path))
    day = getattr(args, "date", None) or _today()
    seer = release.audience_of(audience)
    return storage.Stamp(seer, release.stamp(seer), day.isoformat(), source or None)


# The options that name what a product is made from.
_INPUTS = (
    "file", "first", "second", "boundary", "roads", "population", "demand", "candidates",
    "existing", "sheet",
)  # fmt: skip


def _write_summary(out: Path, summary: dict[str, Any]) -> None:
    """Write the summary beside a product, with the product's name and its stamp."""
    stamp = storage.current_stamp()
    told = {} if stamp is None else stamp._asdict()
    stamped = {
        "audience": told.get("audience", "internal"), "geosector": geosector.__version__,
        "product": out.name, "stamp": told.get("sentence"), "date": told.get("date"),
        "source": told.get("source"), **summary,
    }  # fmt: skip
    storage.write_json(_summary_of(out), stamped)


def _summary_of(out: Path) -> Path:
    """Name the file of a product's summary: ``x.json`` beside ``x.gpkg``.

    Where something else stands there (a table that was released as ``x.json``, the summary of
    ``x.csv``, which may be for another audience), it is ``x.gpkg.json``.
    """
    usual = out.with_suffix(".json")
    if usual.name.casefold() == out.name.casefold():
        return out.with_suffix(".summary.json")
    if usual.exists() and _product_of(usual) != out.name:
        return out.with_name(f"{out.name}.json")
    return usual


def _product_of(path: Path) -> str | None:
    """Read of which product a file is the summary; None where it is no summary."""
    try:
        if path.stat().st_size > LARGEST_SUMMARY:
            return None
        held = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    is_summary = isinstance(held, dict) and {"audience", "geosector", "product"} <= held.keys()
    return str(held["product"]) if is_summary else None


def _refuse_to_bury(out: Path) -> None:
    """Refuse a product under the name of a list that is kept, or of another's summary."""
    if out.name.casefold() in {PROBLEMS_FILE, OVERRIDES_FILE}:
        raise InputError(
            text(
                "{out} is the name of a list that geosector keeps beside products. Give --out "
                "another name.",
                out=out,
            )
        )
    product = _product_of(out)
    if product is not None and product != out.name and out.with_name(product).exists():
        raise InputError(
            text(
                "{out} says for whom {product} is. Give --out another name.",
                out=out,
                product=product,
            )
        )


def _problems_of(out: Path) -> Path:
    return out.parent / PROBLEMS_FILE


def _tell_problems(found: Sequence[pd.DataFrame], out: Path, audience: str = "internal") -> None:
    """List the rows that were refused or changed: one line here, all of them beside the product.

    Beside a product for others the cells themselves are left out: they may be coordinates.
    """
    problems = pd.concat([tables.problems_table([]), *found], ignore_index=True)
    if audience != "internal":
        problems[["given", "action"]] = pd.NA
    beside = _problems_of(out)
    storage.write_table(problems, beside)
    _write_summary(beside, {"rows": len(problems)})
    if not problems.empty:
        say(
            plural(
                "{n} problem in the input, listed in {file}",
                "{n} problems in the input, listed in {file}",
                len(problems),
                file=beside,
            ),
            sys.stderr,
        )


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _today() -> dt.date:
    """Give the date of a product that states none: SOURCE_DATE_EPOCH, else the clock."""
    return (storage.stated_moment() or dt.datetime.now(dt.UTC)).date()


# --------------------------------------------------------------- the command line


def _commands() -> tuple[Command, ...]:
    """List the commands, described in the current language.

    Long because it is one table: each command beside its options, read from top to bottom.
    """
    file = Option("file", text("the table to read"), as_path, required=True)
    out = Option("--out", text("the file to write"), as_path, required=True)
    lang = Option("--lang", text("language: ar, kmr, ckb or en"), as_text)
    crs = Option("--crs", text("coordinate system of inputs that state none"), as_text)
    layout = Option("--sectors", text("a layout made by geosector sectors"), as_path, required=True)
    audience = Option(
        "--audience",
        text("who will see it: internal, partner or public; there is no default"),
        one_of(*tables.AUDIENCES),
        required=True,
    )
    key = Option("--key-file", text("the masking key; made where it is missing"), as_path)
    date = Option("--date", text("date of the product; default: today"), as_date, default=_today)
    valid_from = Option("--valid-from", text("day from which the layout holds"), as_date)
    as_table = Option(
        "--as",
        text("which table it is: {names}", names=", ".join(tables.table_names())),
        one_of(*tables.table_names()),
        required=True,
    )
    return (
        Command(
            "demo",
            text("run everything on the built-in sample town"),
            (
                Option("--out", text("the folder to write"), as_path, Path("geosector-demo")),
                lang,
            ),
            _demo,
        ),
        Command(
            "sectors",
            text("divide a city into sectors along main roads"),
            (
                Option("--boundary", text("outline of the city"), as_path, required=True),
                Option("--roads", text("streets of the city"), as_path, required=True),
                Option("--population", text("people: points, polygons or a raster"), as_path),
                Option(
                    "--population-per",
                    text("a raster counts people per cell or per km2"),
                    one_of("cell", "km2"),
                    "cell",
                ),
                Option(
                    "--spread",
                    text("where in a polygon people live: area, buildings or streets"),
                    one_of("area", "buildings", "streets"),
                    "area",
                ),
                Option("--buildings", text("buildings or tents: outlines or points"), as_path),
                Option(
                    "--plots",
                    text("divide blocks between buildings: auto (where needed) or everywhere"),
                    one_of("auto", "everywhere"),
                    "auto",
                ),
                Option("--barriers", text("rivers, railways, front lines, walls"), as_path),
                Option("--main-roads", text("lines along the main roads"), as_path),
                Option(
                    "--main-name",
                    text("name of a main road; may be repeated"),
                    as_text,
                    many=True,
                ),
                Option("--count", text("how many sectors"), as_whole, required=True),
                Option("--tolerance", text("greatest deviation from the mean"), as_number, 0.10),
                Option(
                    "--cost",
                    text("cost of a metre, such as tertiary=3 or river=1; may be repeated"),
                    as_cost,
                    many=True,
                ),
                Option(
                    "--contiguity",
                    text("what keeps a sector together: borders or streets"),
                    one_of("borders", "streets"),
                    "borders",
                ),
                Option("--seed", text("seed of the random choices"), as_whole, 0),
                Option("--iterations", text("budget of the search"), as_whole),
                Option("--seconds", text("budget in seconds instead"), as_number),
                Option(
                    "--parts",
                    text("a boundary in parts: join or refuse"),
                    one_of("join", "refuse"),
                    "join",
                ),
                Option(
                    "--split",
                    text("a block with more people than a sector may hold: refuse or cut"),
                    one_of("refuse", "cut"),
                    "refuse",
                ),
                Option("--cells", text("write what main roads enclose, as a map layer"), as_path),
                Option(
                    "--previous", text("the layout before, to change as little as need be"), as_path
                ),
                Option(
                    "--move-price",
                    text("metres of border for each person who changes sector"),
                    as_number,
                ),
                Option("--pin", text("areas or points whose blocks stay together"), as_path),
                valid_from,
                Option("--places", text("a gazetteer after which sectors are named"), as_path),
                Option("--sheets", text("a folder for one page on each sector"), as_path),
                Option("--facilities", text("shelters, warehouses, hospitals"), as_path),
                audience._replace(required=False),
                key,
                date,
                out,
                crs,
                lang,
            ),
            _sectors,
            (".gpkg",),
        ),
        Command(
            "siting",
            text("propose where to put more shelters, warehouses or field hospitals"),
            (
                *_on_sites(),
                layout._replace(meaning=text("a site in each of these"), required=False),
                date,
                out,
                crs,
                lang,
            ),
            _siting,
            (".gpkg",),
        ),
        Command(
            "adopt",
            text("make a layout of sectors that were edited by hand"),
            (
                file._replace(meaning=text("the edited sectors")),
                Option("--blocks", text("the layout that was edited"), as_path, required=True),
                Option(
                    "--borders",
                    text("snap borders to blocks, or keep them as drawn: snap or keep"),
                    one_of("snap", "keep"),
                    "snap",
                ),
                valid_from,
                out,
                crs,
                lang,
            ),
            _adopt,
            (".gpkg",),
        ),
        Command(
            "geocode",
            text("find where written places are"),
            (
                file,
                Option("--gazetteer", text("names of places; may be repeated"), as_path, many=True),
                Option("--column", text("the column that holds the written places"), as_text),
                Option(
                    "--admin",
                    text(
                        "a column that holds the governorate, the district or the sub-district; "
                        "may be repeated, the largest first"
                    ),
                    as_text,
                    many=True,
                ),
                Option("--area", text("W,S,E,N in degrees, or a name"), as_area),
                Option("--roads", text("streets by name, for streets and crossings"), as_path),
                Option(
                    "--report-column",
                    text("a column that says which rows belong to one report"),
                    as_text,
                ),
                Option("--cache", text("folder for compiled gazetteers"), as_path),
                crs,
                Option("--review", text("write what a person must decide to this sheet"), as_path),
                Option("--reviewed", text("the sheet, filled in"), as_path),
                Option("--office", text("code of the office that decided"), as_text),
                Option(
                    "--aliases",
                    text("learned spellings: heeded, and added to with --reviewed"),
                    as_path,
                ),
                date._replace(meaning=text("day of the decisions; default: today"), default=None),
                out,
                lang,
            ),
            _geocode,
            storage.TABLE_FORMATS,
        ),
        Command(
            "assign",
            text("say in which sector each point lies"),
            (file, layout, out, crs, lang),
            _assign,
            storage.TABLE_FORMATS,
        ),
        Command(
            "map",
            text("draw an interactive map that opens without a network, or a sheet (.png, .pdf)"),
            (
                file,
                layout._replace(required=False),
                Option("--roads", text("streets of the basemap"), as_path),
                Option("--buildings", text("outlines of buildings for the basemap"), as_path),
                Option("--water", text("rivers, canals and lakes for the basemap"), as_path),
                Option("--facilities", text("shelters, warehouses, hospitals"), as_path),
                *_planning(),
                *_drawing(),
                audience,
                key,
                date,
                out,
                crs,
                lang,
            ),
            _map,
            MAP_FORMATS,
        ),
        Command(
            "report",
            text("write the report of a month or a year, in each language"),
            (
                file,
                Option("--services", text("what programmes published of their services"), as_path),
                Option(
                    "--gazetteer",
                    text("places by which localities are told apart and located; may be repeated"),
                    as_path,
                    many=True,
                ),
                Option(
                    "--month",
                    text("month of the report as 2024-04, or the year of a panorama"),
                    as_text,
                    required=True,
                ),
                audience,
                key,
                date,
                layout._replace(meaning=text("areas to draw below the maps"), required=False),
                Option(
                    "--recommendations", text("what was to be done, and how far it is"), as_path
                ),
                *_planning(),
                Option("--office", text("a TOML file: logo, colours, order and texts"), as_path),
                Option("--source", text("who stands for the data"), as_text, default=str),
                Option(
                    "--engine",
                    text("what makes the PDF; default: WeasyPrint, else or for many rows Typst"),
                    one_of("weasyprint", "typst"),
                ),
                out._replace(meaning=text("the folder to write into")),
                crs,
                Option(
                    "--lang",
                    text("languages of the editions: some of ar, kmr, ckb and en, between commas"),
                    some_of(*language.LANGUAGES),
                    default=lambda: [language.current()],
                ),
            ),
            _report,
        ),
        Command(
            "access",
            text("say who reaches shelters, water, clinics and stores, and who is cut off"),
            (
                Option("--roads", text("streets of the city"), as_path, required=True),
                Option(
                    "--facilities",
                    text("shelters, warehouses, hospitals"),
                    as_path,
                    required=True,
                ),
                layout,
                *_reaching(),
                date._replace(meaning=text("day of the plan; default: today")),
                out,
                crs,
                lang,
            ),
            _access,
            (".gpkg",),
        ),
        Command(
            "release",
            text("write what an audience may see of a table"),
            (
                file,
                as_table._replace(
                    meaning=text("which table it is; default: what its columns tell"),
                    required=False,
                ),
                layout._replace(required=False),
                audience,
                key,
                date,
                Option(
                    "--people",
                    text("where people live; masked incidents hide among at least --least-people"),
                    as_path,
                ),
                Option(
                    "--least-people",
                    text("among how many people a place is hidden; default: 50"),
                    as_whole,
                    default=lambda: 50,
                ),
                Option(
                    "--override",
                    text("why a partner sees exact places; written into the product and listed"),
                    as_text,
                ),
                Option("--office", text("code of the office that decides so"), as_text),
                Option(
                    "--log", text("the list of such decisions; default: overrides.csv"), as_path
                ),
                Option("--source", text("who stands for the data"), as_text),
                out,
                crs,
                lang,
            ),
            _release,
            storage.TABLE_FORMATS,
        ),
        Command(
            "merge",
            text("join the registers of two offices, and list their conflicts"),
            (
                Option("first", text("the register of one office"), as_path, required=True),
                Option("second", text("the register of the other office"), as_path, required=True),
                Option(
                    "--office", text("code of the office that signs the merge"), as_text, "MERGE"
                ),
                out,
                lang,
            ),
            _merge,
            (".gpkg",),
        ),
        Command(
            "check",
            text("list what is wrong with a table or a register"),
            (
                file,
                as_table._replace(required=False),
                Option("--head", text("of a register: its end, as it was written down"), as_text),
                out._replace(meaning=text("write the problems here too"), required=False),
                crs,
                lang,
            ),
            _check,
            storage.TABLE_FORMATS,
        ),
        Command(
            "register",
            text("ask a register, mark duplicates in it, take changes back"),
            (
                file._replace(meaning=text("the register")),
                *_on_registers(),
                out._replace(
                    meaning=text(
                        "the sheet or table to write: of {actions}",
                        actions="duplicates, near, history, decide",
                    ),
                    required=False,
                ),
                lang,
            ),
            _register,
            storage.TABLE_FORMATS,
        ),
        Command(
            "form",
            text("make a form for phones (KoboToolbox, ODK) whose export reads back"),
            (
                Option(
                    "form",
                    text("what is reported: {names}", names=", ".join(sources.FORMS)),
                    one_of(*sources.FORMS),
                    required=True,
                ),
                out,
                lang,
            ),
            _form,
            (".xlsx",),
        ),
    )


def _planning() -> tuple[Option, ...]:
    """List what `geosector map` and `geosector report` take of a plan."""
    return (
        Option(
            "--plan",
            text(
                "results of planning: a file of `geosector access` or `siting`, or any whose "
                "layers, sheets or name are those of the tables; may be repeated"
            ),
            as_path,
            many=True,
        ),
        Option(
            "--override",
            text(
                "why a partner sees the tables of the plan that go by agreement only; written into "
                "the product and listed in overrides.csv"
            ),
            as_text,
        ),
        Option("--decided-by", text("code of the office that decides so"), as_text),
    )


def _on_sites() -> tuple[Option, ...]:
    """List what `geosector siting` is asked."""
    kinds = tuple(tables.table("facilities").columns["kind"].values)
    return (
        Option("--roads", text("streets of the city"), as_path, required=True),
        Option(
            "--demand",
            text("people: points or polygons with a population, or a layout with its blocks"),
            as_path,
            required=True,
        ),
        Option(
            "--candidates", text("where a site may be: points or polygons"), as_path, required=True
        ),
        Option("--count", text("how many sites besides those that exist"), as_whole, required=True),
        Option(
            "--method",
            text("p_median: the shortest way of all; covering: most people within --minutes"),
            one_of("p_median", "covering"),
            "p_median",
        ),
        Option("--minutes", text("covering: how far is within reach"), as_number),
        Option("--existing", text("facilities that stay, where they are open"), as_path),
        Option("--kind", text("of these only such; default: all"), one_of(*kinds)),
        Option(
            "--capacities",
            text("no site holds more people than its capacity"),
            as_switch,
            default=bool,
            takes=0,
        ),
        Option(
            "--whole",
            text("with capacities: people of one place go to one site"),
            as_switch,
            default=bool,
            takes=0,
        ),
        Option("--avoid", text("areas in which no new site may lie"), as_path),
        Option("--barriers", text("rivers, railways, front lines, walls"), as_path),
        Option("--away-m", text("metres that new sites keep away from barriers"), as_number),
        Option(
            "--two-roads",
            text("a new site must still be reached when any one stretch of street is lost"),
            as_switch,
            default=bool,
            takes=0,
        ),
        Option("--mode", text("walk or drive"), one_of("walk", "drive"), "walk"),
        Option("--closed", text("closed streets: areas, lines or points"), as_path),
        Option("--seed", text("seed of the random choices"), as_whole, 0),
        Option("--iterations", text("budget of the search"), as_whole),
        Option("--seconds", text("budget in seconds instead"), as_number),
    )


def _drawing() -> tuple[Option, ...]:
    """List what `geosector map` counts and draws beside the tables of every command."""
    kind = tables.table("incidents").columns["kind"]
    kinds = (*kind.values, "all", NO_DENSITY)  # noqa: PD011 - no table of pandas
    return (
        Option(
            "--localities",
            text("count incidents in these, too: polygons, or points of a gazetteer"),
            as_path,
        ),
        Option(
            "--boundary",
            text("where the ground of localities given as points ends; default: the sectors"),
            as_path,
        ),
        Option(
            "--densities",
            text(
                "kinds of incident whose density is drawn: {kinds}; default: attack, fire",
                kinds=", ".join(kinds),
            ),
            some_of(*kinds),
            many=True,
            takes="+",
            shown="KIND",
        ),
        Option(
            "--bandwidth",
            text("how far the density spreads each incident; default: chosen by a rule"),
            as_number,
            shown="METRES",
        ),
        Option(
            "--surveyed",
            text("polygons in which every incident would be known; density is shown only there"),
            as_path,
        ),
        Option(
            "--step",
            text("of the slider over time: day, week, month or year; default: by the dates"),
            one_of("day", "week", "month", "year"),
        ),
        Option(
            "--compare",
            text("two periods whose difference is drawn: 2024-03, or 2024-03-01..2024-03-15"),
            as_period,
            takes=2,
            shown="PERIOD",
        ),
        Option("--title", text("heading of the map"), as_text),
        Option("--source", text("where the data are from"), as_text),
        Option(
            "--tiles",
            text(
                "pictures of the ground from the network, such as OpenStreetMap.Mapnik: that "
                "server learns which place is looked at; default: none"
            ),
            as_text,
            shown="NAME",
        ),
    )


def _reaching() -> tuple[Option, ...]:
    """List what `geosector access` is told of closures, ways and limits."""
    kinds = tables.table("facilities").columns["kind"].values  # noqa: PD011 - no table of pandas
    return (
        Option("--closed", text("closures: lines, areas or points on streets"), as_path),
        Option("--mode", text("how people move: walk or drive"), one_of("walk", "drive"), "walk"),
        Option(
            "--minutes",
            text("within how many minutes, between commas; default: 5,10,15"),
            as_numbers,
            default=lambda: [5.0, 10.0, 15.0],
        ),
        Option(
            "--kinds",
            text(
                "of facilities, between commas: {kinds}; default: shelter, water_point, clinic, "
                "warehouse",
                kinds=", ".join(kinds),
            ),
            some_of(*kinds),
            default=lambda: ["shelter", "water_point", "clinic", "warehouse"],
        ),
        Option(
            "--count",
            text("how many of the nearest facilities for each block and kind"),
            as_whole,
            1,
        ),
        Option("--exits", text("ways out, camps or hospitals that people must get to"), as_path),
        Option("--avoid", text("hot areas that the ways out keep away from"), as_path),
        Option("--ways", text("how many ways out for each sector"), as_whole, 2),
        Option(
            "--shelter-minutes",
            text("minutes that anybody goes to a shelter; default: however long it takes"),
            as_number,
        ),
        Option("--stale-days", text("how old the report of a street may be"), as_number, 30.0),
    )


def _on_registers() -> tuple[Option, ...]:
    """List what is done with a register, and the options that say how."""
    facts = tables.table("facilities").columns
    kinds, states = (tuple(facts[name].values) for name in ("kind", "status"))
    return (
        Option(
            "action",
            text(
                "near: the nearest facilities; history and undo: of one row; duplicates: write "
                "pairs of reports to a sheet; decide: carry out the sheet, marked; unmerge: take "
                "back the merge of two registers; accept: write down what other programs changed; "
                "style: how QGIS draws it, in this language"
            ),
            one_of(*_ACTIONS),
            required=True,
        ),
        Option("--office", text("code of the office that signs"), as_text),
        Option("--at", text("near: the place"), as_point, shown="LON,LAT"),
        Option("--kind", text("near: of this kind; default: any"), one_of(*kinds)),
        Option(
            "--status",
            text("near: in this state, or any; default: open"),
            one_of(*states, ANY),
        ),
        Option("--count", text("near: how many; default: 1"), as_whole),
        Option("--date", text("near: on this day; default: today"), as_date),
        Option("--as", text("history, undo: facilities or incidents"), one_of(*register.TABLES)),
        Option("--id", text("history, undo: the row"), as_text),
        Option("--change", text("undo, unmerge: its number; default: the last one"), as_whole),
        Option(
            "--threshold",
            text("duplicates: leave out pairs that are less likely; default: 0.5"),
            as_number,
        ),
        Option("--sheet", text("decide: the sheet of duplicates, marked"), as_path),
    )


def _overview(commands: Sequence[Command]) -> str:
    lines = [
        f"geosector {geosector.__version__}",
        "",
        text("Usage: ") + "geosector " + text("COMMAND") + " --help",
        "",
        *(f"  {command.name:<10}{command.meaning}" for command in commands),
    ]
    return "\n".join(lines)


def _asked_language(words: Sequence[str]) -> str:
    """Find the language before anything is said: ``--lang``, else the environment, else English."""
    for position, word in enumerate(words):
        flag, equals, given = word.partition("=")
        if flag != "--lang" or not (equals or position + 1 < len(words)):
            continue
        asked = given if equals else words[position + 1]
        if words[0] == "report":  # in several languages: it speaks the first of them
            asked = asked.partition(",")[0].strip()
        return language.language(asked).code
    return language.current()


def main(words: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    words : sequence of str, optional
        The command line without the program's name. Default: ``sys.argv``.

    Returns
    -------
    int
        0, 1 or 2: see the head of this module.

    Examples
    --------
    >>> main(["sectors", "--count", "many", "--lang", "en"])
    2
    """
    words = sys.argv[1:] if words is None else list(words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a console of another code page, as on Windows
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        with language.speaking(_asked_language(words)):
            return _run(words)
    except GeosectorError as error:
        say(one_line(error), sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(words: Sequence[str]) -> int:
    commands = {command.name: command for command in _commands()}
    if not words or words[0] in {"-h", "--help"}:
        say(_overview(tuple(commands.values())))
        return 0 if words else 2
    if words[0] == "--version":
        say(geosector.__version__)
        return 0
    if words[0] not in commands:
        raise InputError(
            text(
                "'{word}' is not a command. Use one of: {known}.",
                word=words[0],
                known=", ".join(commands),
            )
        )
    storage.stated_moment()  # refused at once: the libraries below stumble over it
    command = commands[words[0]]
    args = read_arguments(command, words[1:])
    if args is None:
        return 0
    _require_free_outputs(command, args)
    with storage.stamping(_stamp_of(args, command.audience(args))):
        return command.run(args)


def _require_free_outputs(command: Command, args: argparse.Namespace) -> None:
    """Refuse before any work what could not be written, or would replace an input."""
    if not command.formats or args.out is None:
        return
    storage.require_writable(args.out, command.formats)
    is_list = command.run is _check or getattr(args, "action", None) == "decide"
    if not is_list:
        _refuse_to_bury(args.out)
    problems = _problems_of(args.out)
    beside = (_summary_of(args.out), problems, _summary_of(problems))
    for path in beside:
        storage.require_writable(path, (path.suffix,))
    usual = args.out.with_suffix(".json")  # an input there reads as if it were the summary
    written = {os.path.realpath(path) for path in (args.out, usual, *beside)}
    cells = getattr(args, "cells", None)
    if cells is not None:
        storage.require_writable(cells, storage.TABLE_FORMATS)
    given = [value if isinstance(value, list) else [value] for value in vars(args).values()]
    paths = [one for values in given for one in values if isinstance(one, Path)]
    if cells is not None and os.path.realpath(cells) not in written:
        written.add(os.path.realpath(cells))
        paths.remove(cells)
    for path in paths:
        if path is not args.out and os.path.realpath(path) in written:
            raise InputError(
                text(
                    "{file} would be replaced by what this command writes. Write elsewhere.",
                    file=path,
                )
            )
