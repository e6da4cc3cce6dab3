"""A corpus of hostile and damaged files: nothing silent, nothing foreign, no good row refused."""

from __future__ import annotations

import pytest

from tests.hostile_files import GROUPS, HEAVY, Hostile, faults, hostile_files, read_apart


def test_every_hostile_file_comes_to_what_was_promised(tmp_path):
    files = hostile_files(tmp_path)
    results = read_apart(files)
    found = {
        file.path: wrong
        for file, got in zip(files, results, strict=True)
        if (wrong := faults(file, got))
    }
    assert found == {}
    assert len(files) >= 120


@pytest.mark.long
def test_files_of_great_size_come_to_what_was_promised(tmp_path):
    files = hostile_files(tmp_path, HEAVY)
    results = read_apart(files)
    assert [faults(file, got) for file, got in zip(files, results, strict=True)] == [[]] * len(
        files
    )


def test_the_same_seed_makes_the_same_promises(tmp_path):
    groups = [group for group in GROUPS if group.__name__ in {"months", "figures"}]
    names = [
        [file.path.rpartition("/")[2] for file in hostile_files(tmp_path / side, groups)]
        for side in ("one", "two")
    ]
    assert names[0] == names[1]


def test_silence_a_foreign_error_and_a_refused_row_are_faults():
    good = Hostile("a.csv", "incidents", 1, ("2:date",))
    bad = Hostile("b.csv", "incidents", None, refused="PDF")
    quiet = {"rows": 1, "listed": [], "values": {}}
    assert faults(good, quiet) == ["silent: 2:date is not in []"]
    assert faults(bad, quiet)[0].startswith("silent")
    assert faults(good, {"error": "KeyError"})[0].startswith("foreign")
    refused = {"error": "InputError", "message": "b.csv: this seems to be a PDF file", "ours": True}
    assert faults(good, refused)[0].startswith("good rows refused")
    assert faults(bad, refused) == []
