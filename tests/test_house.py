"""The house keeps its own rules: proven from the source, not from what people remember."""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import re
import shutil
import subprocess
import sys
import tokenize
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import geosector

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ROOT / "geosector"
MODULES = sorted(HOUSE.rglob("*.py"))
PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]

GROUND = (
    "errors", "crs", "tables", "language", "palette", "storage", "index", "progress", "sample",
)  # fmt: skip
WORK = ("sources", "partition", "geocode", "assign", "measure", "register")
RANKS = {
    **dict.fromkeys(GROUND, 0),
    **dict.fromkeys(WORK, 1),
    "release": 2,
    **dict.fromkeys(("maps", "report"), 3),
    **dict.fromkeys(("cli", "command_line", "__main__"), 4),
    "geosector": 5,  # __init__.py: the names in the window
}
HEAVY = "folium numba matplotlib pyarrow osmium scipy babel openpyxl fontTools tqdm"
LONGEST = 60  # lines of code in a function

every_module = pytest.mark.parametrize(
    "file", MODULES, ids=lambda file: str(file.relative_to(HOUSE))
)


def room_of(file: Path) -> str:
    """Name the room that a file belongs to: geocode/names.py is in geocode."""
    first = file.relative_to(HOUSE).parts[0].removesuffix(".py")
    return "geosector" if first == "__init__" else first


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def rooms_used(file: Path) -> set[str]:
    """Name the rooms that a file imports, anywhere in it; ``from geosector import x`` means x."""
    used = set()
    here = ("geosector", *file.relative_to(HOUSE).parent.parts)
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*here[: len(here) - node.level + 1]] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        used |= {
            [*name.split("."), "geosector"][1]
            for name in names
            if name.split(".")[0] == "geosector"
        }
    # A public name such as geosector.read_roads stands for its room.
    homes = {name: home.split(".")[1] for name, home in geosector._ROOMS.items()}
    return {homes.get(room, room) for room in used} - {"__version__"}


def calls_in(file: Path) -> list[ast.Call]:
    return [node for node in ast.walk(tree_of(file)) if isinstance(node, ast.Call)]


# ------------------------------------------------------------------ one direction


@every_module
def test_imports_go_one_way(file):
    room = room_of(file)
    assert room in RANKS, f"give {room} a rank in this test"
    for used in rooms_used(file) - {room}:
        assert used in RANKS, f"{file.name} imports {used}, which has no rank in this test"
        if room == "cli" and used == "geosector":  # the command line uses the window like anybody
            continue
        below = RANKS[used] < RANKS[room]
        beside = RANKS[used] == RANKS[room] and RANKS[room] != 1
        assert below or beside, f"{file.name} ({room}) must not import {used}"


def test_no_two_rooms_lean_on_each_other():
    leans: dict[str, set[str]] = {}
    for file in MODULES:
        room = room_of(file)
        if room != "geosector":
            leans.setdefault(room, set()).update(rooms_used(file) - {room, "geosector"})
    tuple(TopologicalSorter(leans).static_order())  # raises CycleError


# ------------------------------------------------------------------ the public names


def test_all_is_what_is_exported():
    assert sorted(geosector.__all__) == sorted(geosector._ROOMS) == sorted(set(geosector.__all__))
    assert set(geosector.__all__) <= set(dir(geosector))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        geosector.nothing  # noqa: B018


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_takes_public_names_from_the_window(page):
    inner = re.findall(r"from geosector\.[\w.]+ import ([\w, ]+)", page.read_text(encoding="utf-8"))
    taken = {name.strip() for names in inner for name in names.split(",")}
    assert taken & set(geosector.__all__) == set()


@pytest.mark.parametrize("name", geosector.__all__)
def test_every_public_name_is_shown_by_an_example(name):
    shown = getattr(geosector, name).__doc__
    assert shown, f"{name} has no docstring"
    assert "Examples\n" in shown, f"{name} has no Examples"
    assert ">>>" in shown, f"{name} shows nothing that is run"


@pytest.mark.parametrize("room", GROUND)
def test_every_function_of_the_ground_is_shown_by_an_example(room):
    module = importlib.import_module(f"geosector.{room}")
    # A room of several files shows what its window names.
    names = getattr(module, "__all__", None) or [
        name for name in vars(module) if not name.startswith("_")
    ]
    for name in names:
        found = getattr(module, name)
        if inspect.isfunction(found) and found.__module__.startswith(module.__name__):
            assert ">>>" in (inspect.getdoc(found) or ""), f"{room}.{name} has no example"


def test_a_function_keeps_its_name_when_the_module_of_that_name_is_imported():
    code = "import geosector.geocode, geosector; print(callable(geosector.geocode))"
    assert run_python(code) == "True"


# ------------------------------------------------------------------ small and plain


def code_lines(file: Path) -> set[int]:
    """List the lines that hold code: no comments, no blanks."""
    skipped = {
        tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
        tokenize.ENCODING, tokenize.ENDMARKER,
    }  # fmt: skip
    tokens = tokenize.tokenize(io.BytesIO(file.read_bytes()).readline)
    return {
        line
        for token in tokens
        if token.type not in skipped
        for line in range(token.start[0], token.end[0] + 1)
    }


@every_module
def test_no_function_is_long_without_a_reason(file):
    lines = code_lines(file)
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            shown = ast.get_docstring(node) or ""
            own = lines & set(range(node.lineno, (node.end_lineno or 0) + 1))
            if shown:
                own -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
            assert len(own) <= LONGEST or "Long because" in shown, f"{node.name}: {len(own)} lines"


@every_module
def test_only_crs_changes_coordinate_systems(file):
    if room_of(file) == "crs":
        return
    names = {node.attr for node in ast.walk(tree_of(file)) if isinstance(node, ast.Attribute)}
    names |= {node.id for node in ast.walk(tree_of(file)) if isinstance(node, ast.Name)}
    names |= {
        alias.name.split(".")[-1]
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.ImportFrom | ast.Import)
        for alias in node.names
    }
    assert not names & {"to_crs", "estimate_utm_crs", "Transformer"}


WRITES = {"to_file", "to_csv", "to_parquet", "to_excel", "to_json", "to_feather", "to_gpkg"}


def writes_a_file(call: ast.Call) -> bool:
    """Say whether a call opens a file for writing, as far as its words tell."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    owner = getattr(getattr(call.func, "value", None), "id", "")
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if name == "open":
        modes = [arg.value for arg in given if isinstance(arg, ast.Constant)]
        return any(
            isinstance(mode, str) and re.fullmatch(r"[rwaxbt+]*[wax+][rbt+]*", mode)
            for mode in modes
        )
    if name in {"write_text", "write_bytes"}:
        return owner != "storage" and isinstance(call.func, ast.Attribute)
    return name == "write_dataframe" or (name in WRITES and bool(call.args))


@every_module
def test_only_storage_writes_files(file):
    if room_of(file) != "storage":
        assert not [call.lineno for call in calls_in(file) if writes_a_file(call)]


@pytest.mark.parametrize(
    ("code", "writes"),
    [
        ("open(p, 'w')", True),
        ("p.open(mode='ab')", True),
        ("p.open('rb+')", True),
        ("p.write_text(x)", True),
        ("t.to_csv(p)", True),
        ("open(p, encoding='utf-8')", False),
        ("p.open('rb')", False),
        ("storage.write_text(p, x)", False),
        ("t.to_json()", False),
    ],
)
def test_the_house_sees_what_writes(code, writes):
    (call,) = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))
    assert writes_a_file(call) is writes


@every_module
def test_no_error_is_swallowed_whole(file):
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            assert not re.search(r"\b(Exception|BaseException|everything)\b", caught), node.lineno


@every_module
def test_only_the_commands_print(file):
    if room_of(file) != "cli":
        prints = [call for call in calls_in(file) if getattr(call.func, "id", "") == "print"]
        assert not [call.lineno for call in prints]


@every_module
def test_nothing_is_left_for_later(file):
    tokens = tokenize.tokenize(io.BytesIO(file.read_bytes()).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    assert not [comment for comment in comments if later.search(comment)]
    assert not [
        call for call in calls_in(file) if getattr(call.func, "id", "") == "NotImplementedError"
    ]


# ------------------------------------------------------------------ light and offline


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


NO_NETWORK = """
import socket, sys
def refuse(*args, **kwargs):
    raise AssertionError("the network was asked for")
class Closed(socket.socket):
    connect = connect_ex = sendto = refuse
socket.socket = Closed
socket.create_connection = socket.getaddrinfo = refuse
"""


def heavy_after(code: str) -> str:
    ask = f"print(*[name for name in '{HEAVY}'.split() if name in sys.modules])"
    return run_python(f"{NO_NETWORK}\n{code}\n{ask}")


def test_importing_geosector_is_light_and_offline():
    assert heavy_after("import geosector") == ""


def test_the_ground_loads_heavy_libraries_only_when_it_needs_them():
    before = heavy_after("import geopandas")
    ground = ", ".join(f"geosector.{room}" for room in GROUND)
    assert heavy_after(f"import geopandas, {ground}") == before


# ------------------------------------------------------------------ nothing of this machine


# Put together from parts, so that this file does not hold what it looks for.
MACHINE = [
    re.compile(r"(?<![\w./~-])/(?:" + r"home|root|Users|work|opt|mnt)/\w"),
    re.compile(r"\b[A-Z]:\\+" + r"Users\b"),
]
HOSTS = [
    re.compile(
        r"https?://(?:" + r"localhost|\d+\.\d+\.\d+\.\d+|[\w.-]+\.(?:internal|local|lan|corp))\b"
    ),
    re.compile(r"(?:extra-)?index" + r"-url[ =]+\S*://"),
    re.compile(r"https?://\S+" + r"/simple\b"),
]


def tracked_files() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, check=True, cwd=ROOT, text=True, encoding="utf-8",
    )  # fmt: skip
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()[:8000]]


def test_no_file_names_a_place_on_this_machine_or_a_private_host():
    found = [
        f"{file.relative_to(ROOT)}: {hit.group()}"
        for file in tracked_files()
        for pattern in (*MACHINE, *HOSTS)
        for hit in [pattern.search(file.read_text(encoding="utf-8", errors="replace"))]
        if hit
    ]
    assert found == []
