"""What is promised around the package: locks, versions, the twin README, reasons for dependencies."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import geosector

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def normal(requirement: str) -> str:
    """Give the name of a requirement as a lock spells it."""
    return re.split(r"[\[<>=!~; ]", requirement)[0].lower().replace("_", "-").replace(".", "-")


def direct(group: str) -> set[str]:
    """Give the names that a dependency group asks for, those of included groups too."""
    names = set()
    for entry in PROJECT["dependency-groups"][group]:
        names |= direct(entry["include-group"]) if isinstance(entry, dict) else {normal(entry)}
    return names


def pinned(lock: str) -> dict[str, set[str]]:
    """Give the pinned versions of each name in a lock (several where Pythons differ)."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([a-z0-9-]+)==([^ ;]+)", read(f"requirements/{lock}"), re.MULTILINE
    ):
        versions.setdefault(name, set()).add(version)
    return versions


RUNTIME = {normal(each) for each in PROJECT["project"]["dependencies"]}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_host_and_no_path(lock):
    assert not re.search(
        r"://|^-|@ | /|\.\./",
        lock.read_text(encoding="utf-8"),
        re.MULTILINE,
    )


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_of_a_lock_has_a_hash(lock):
    pins = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    assert all(
        "--hash=sha256:" in pin for pin in pins if "==" in pin and not pin.lstrip().startswith("#")
    )


def test_the_lock_pins_every_runtime_dependency():
    assert pinned("run.txt").keys() >= RUNTIME


def test_the_gate_runs_with_the_same_versions_as_the_planner():
    run, dev = pinned("run.txt"), pinned("dev.txt")
    assert {name: dev.get(name) for name in run if name in dev} == {
        name: run[name] for name in run if name in dev
    }
    assert dev.keys() >= RUNTIME | direct("dev")


def test_every_dependency_has_a_reason():
    reasons = {
        normal(name)
        for name in re.findall(r"^\| ([\w.\[\]-]+) \|", read("docs/dependencies.md"), re.MULTILINE)
    }
    wanted = RUNTIME | direct("dev") | direct("build") | direct("testdata") | direct("fuzz")
    assert reasons - {"package"} == wanted


def test_the_version_is_the_same_everywhere():
    stated = re.search(r'^version: "(.+)"$', read("CITATION.cff"), re.MULTILINE)
    assert stated is not None
    assert stated[1] == PROJECT["project"]["version"] == geosector.__version__
    assert f"## {geosector.__version__}" in read("CHANGELOG.md")


@pytest.mark.parametrize("page", ["README", "docs/tutorial"])
def test_the_arabic_twin_has_the_same_commands(page):
    def commands(name: str) -> list[str]:
        blocks = re.findall(r"^```(?:sh|python)\n(.*?)^```", read(name), re.MULTILINE | re.DOTALL)
        lines = re.sub(r" --lang ar\b|\s+#.*", "", "".join(blocks)).splitlines()
        return [line.rstrip() for line in lines]

    assert commands(f"{page}.md") == commands(f"{page}.ar.md")
