"""The page about registers does what it says."""

from __future__ import annotations

import re
from pathlib import Path

from geosector import Register, read_facilities
from geosector.cli import main
from geosector.sample import sample_path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "register.md"


def commands(page):
    """Read the commands of a page, each as its words."""
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line.split()[1:] for line in lines if line.startswith("geosector ")]


def test_the_page_runs_from_top_to_bottom(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = PAGE.read_text(encoding="utf-8")
    names = {}
    for count, block in enumerate(re.findall(r"```python\n(.*?)```", page, re.DOTALL)):
        exec(block, names)  # noqa: S102 - our own page
        if count == 0:
            assert [main(words) for words in commands(page) if words[0] == "register"] == [0] * 5
    assert main(["check", "register.gpkg"]) == 0
    with Register("register.gpkg") as register:
        assert len(register.table("facilities")) == 34
        assert register.table("facilities")["name_kmr"].isna().all()


def test_the_page_about_merging_runs_from_top_to_bottom(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stick").mkdir()
    shelters, _ = read_facilities(sample_path("facilities"))
    for place, capacity in (("register.gpkg", 240), ("stick/register.gpkg", 230)):
        with Register(place, office="IDL-OPS") as register:
            register.add("facilities", shelters)
            register.change("facilities", "SYN-shelter-1", {"capacity": capacity})
    page = PAGE.with_name("register-merge.md").read_text(encoding="utf-8")
    merge, unmerge, duplicates, decide = commands(page)
    assert main(merge) == 0
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(block, {})  # noqa: S102 - our own page
    with Register("joined.gpkg") as register:
        assert register.conflicts()[["kept", "decided"]].to_numpy().tolist() == [["250.0", True]]
    # The example holds no reports, so there is nothing to decide.
    assert [main(words) for words in (duplicates, decide)] == [0, 0]
    assert main(unmerge) == 2
    with Register("joined.gpkg", office="IDL-OPS") as register:
        register.undo("facilities", "SYN-shelter-1")
    assert main(unmerge) == 0
