"""Kill, full disk, quota, no permission, broken disk: the old file stays whole, or the new one is."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import geopandas as gpd
import pytest

from geosector import storage
from geosector.errors import StorageError
from geosector.storage import atomic

ROOT = Path(__file__).resolve().parents[2]
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals, users and mounts of POSIX")

TABLES = """
import os, sys
from pathlib import Path
import geopandas as gpd
from geosector import storage
from geosector.errors import StorageError

def table(rows, step):
    points = gpd.points_from_xy([37 + n * step / 1e5 for n in range(rows)], [36] * rows)
    facts = {"id": [f"{n:05}" for n in range(rows)], "name": ["ملجأ " + str(n * step) for n in range(rows)]}
    return gpd.GeoDataFrame(facts, geometry=points, crs=4326)

def write(table, file):
    storage.write_table(table, file, layer="points")
"""


def run(script: str, *words: object) -> str:
    command = [sys.executable, "-c", TABLES + textwrap.dedent(script), *map(str, words)]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, encoding="utf-8", cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# ------------------------------------------------------------------ killed

KILLS = """
import json, random, signal, time
folder, count = Path(sys.argv[1]), int(sys.argv[2])
formats = storage.TABLE_FORMATS
tables = [table(300, 1), table(300, 7)]
whole, lasts = {}, {}
def begin(at, file):
    child = os.fork()
    if child == 0:
        try:
            write(tables[at], file)
        finally:
            os._exit(0)
    return child
for suffix in formats:
    file = folder / f"a{suffix}"
    for at in (1, 0):
        write(tables[at], file)
        whole[suffix, at] = file.read_bytes()
    begun = time.perf_counter()  # of a child, which is slower than its parent
    os.waitpid(begin(0, file), 0)
    lasts[suffix] = time.perf_counter() - begun
chance = random.Random(6)
found = {"overwrites": count, "killed": 0, "torn": 0, "missing": 0, "new": 0, "left": 0}
for turn in range(count):
    suffix, at = formats[turn % len(formats)], turn // len(formats) % 2
    file = folder / f"a{suffix}"
    before = file.read_bytes()
    child = begin(at, file)
    time.sleep(chance.uniform(0, 1.3 * lasts[suffix]))
    os.kill(child, signal.SIGKILL)
    found["killed"] += os.WIFSIGNALED(os.waitpid(child, 0)[1])
    after = file.read_bytes() if file.exists() else None
    found["missing"] += after is None
    found["torn"] += after not in (before, whole[suffix, at])
    found["new"] += after != before
    found["left"] += len(list(folder.iterdir())) > len(formats)
for suffix in formats:
    write(tables[0], folder / f"a{suffix}")
found["files"] = sorted(file.name for file in folder.iterdir())
print(json.dumps(found))
"""


def killed(folder, count):
    found = json.loads(run(KILLS, folder, count))
    assert found["overwrites"] == count
    assert (found["torn"], found["missing"]) == (0, 0), found
    assert min(found["killed"], found["new"], found["left"]) > 0, found  # it was a real trial
    assert found["files"] == sorted(f"a{suffix}" for suffix in storage.TABLE_FORMATS)
    return found


@POSIX
def test_writers_killed_at_random_moments_tear_and_lose_nothing(tmp_path):
    killed(tmp_path, 72)


@pytest.mark.long
@POSIX
def test_a_thousand_overwrites_killed_at_random_moments_tear_and_lose_nothing(tmp_path, capsys):
    found = killed(tmp_path, 1000)
    with capsys.disabled():
        sys.stdout.write(f"\n{found}\n")


# ------------------------------------------------------------------ full, read-only, not allowed

REFUSED = """
import json
folder, mode = Path(sys.argv[1]), sys.argv[2]
for suffix in storage.TABLE_FORMATS:
    write(table(3, 1), folder / f"a{suffix}")
    (folder / f"a{suffix}").chmod(0o640)
before = {file.name: file.read_bytes() for file in folder.iterdir()}
if mode == "full":  # so nearly full that no new file fits
    with (folder / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            pass
    os.truncate(folder / "filler", (folder / "filler").stat().st_size - 8192)
elif mode == "read-only":
    import subprocess
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
elif mode == "not allowed":
    folder.chmod(0o555)
    if os.geteuid() == 0:
        os.setuid(65534)
told = {}
for suffix in storage.TABLE_FORMATS:
    try:
        write(table(2000, 7), folder / f"a{suffix}")
    except StorageError as error:
        told[suffix] = str(error).replace(str(folder), "DISK")
if mode == "not allowed":  # what may look, looks
    assert all((folder / name).stat().st_mode & 0o777 == 0o640 for name in before)
    now = sorted(file.name for file in folder.iterdir())
    same = now == sorted(before)
else:
    now = {file.name: file.read_bytes() for file in folder.iterdir() if file.name != "filler"}
    assert all((folder / name).stat().st_mode & 0o777 == 0o640 for name in before)
    same = now == before
print(json.dumps({"same": same, "told": told}))
"""


def refused(folder, mode):
    """Try to overwrite a file of each format; give the sentence told for each."""
    found = json.loads(run(REFUSED, folder, mode))
    assert found["same"]
    assert list(found["told"]) == list(storage.TABLE_FORMATS)
    assert all("\n" not in told and "DISK/a." in told for told in found["told"].values())
    return set(found["told"].values())


@pytest.fixture
def disk(tmp_path):
    """Give a disk of its own, of one megabyte."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root mounts a disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(folder)]
    done = subprocess.run(mount, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_keeps_the_old_file_of_every_format_and_no_other(disk):
    told = refused(disk, "full")
    assert all("could not be written" in sentence for sentence in told)
    assert all("What stood there before is unchanged." in sentence for sentence in told)


def test_a_read_only_disk_keeps_the_old_file_of_every_format(disk):
    assert all("is write-protected" in sentence for sentence in refused(disk, "read-only"))


@POSIX
def test_a_folder_in_which_one_may_not_write_keeps_the_old_file_of_every_format():
    with tempfile.TemporaryDirectory() as above:  # not tmp_path, which is closed to other users
        Path(above).chmod(0o755)
        folder = Path(above) / "closed"
        folder.mkdir()
        told = refused(folder, "not allowed")
        folder.chmod(0o755)
    assert all("write-protected" in sentence or "denied" in sentence for sentence in told)


@POSIX
def test_a_folder_into_which_one_may_not_look_is_a_sentence(tmp_path, monkeypatch):
    def refuse(*_args):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "is_dir", refuse)
    with pytest.raises(StorageError, match=r"a\.txt could not be written: Permission denied"):
        storage.write_text(tmp_path / "a.txt", "new")


@pytest.mark.parametrize("suffix", storage.TABLE_FORMATS)
@pytest.mark.parametrize("code", [errno.EIO, errno.EDQUOT, errno.EROFS])
@pytest.mark.parametrize("step", ["_force_to_disk", "replace"])
def test_an_error_of_the_disk_is_one_sentence_and_keeps_the_old_file(
    tmp_path, monkeypatch, suffix, code, step
):
    def refuse(*_args):
        raise OSError(code, os.strerror(code))

    file = tmp_path / f"a{suffix}"
    old = gpd.GeoDataFrame({"n": [1]}, geometry=gpd.points_from_xy([37], [36]), crs=4326)
    storage.write_table(old, file)
    file.chmod(0o604)
    before = file.read_bytes()
    monkeypatch.setattr(*((atomic, step) if step == "_force_to_disk" else (Path, step)), refuse)
    with pytest.raises(StorageError, match=os.strerror(code)) as told:
        storage.write_table(old.assign(n=2), file)
    assert str(told.value).count("\n") == 0
    assert [left.name for left in tmp_path.iterdir()] == [file.name]
    assert file.read_bytes() == before
    assert os.name != "posix" or stat.S_IMODE(file.stat().st_mode) == 0o604


# ------------------------------------------------------------------ every product

PRODUCTS = """
import json
folder = sys.argv[1]
opened, renamed = [], []
def watch(event, args):
    if event == "open" and str(args[0]).startswith(folder):
        if args[2] & (os.O_WRONLY | os.O_RDWR):
            opened.append(Path(args[0]).name)
    elif event == "os.rename" and str(args[1]).startswith(folder):
        renamed.append(Path(args[1]).name)
sys.addaudithook(watch)

from geosector import draw_map, partition_city
from geosector.partition import layers_of
from geosector.report import write_sector_sheets
from tests.drawn import draw_town
from tests.partition.towns import THREE_QUARTERS
town = draw_town(THREE_QUARTERS)
layout = partition_city(town.boundary, town.roads, 3, population=town.people, iterations=2)
out = Path(folder)
storage.write_layers(layers_of(layout), out / "layout.gpkg")
storage.write_layers({"sectors": layout.sectors}, out / "layout.xlsx")
storage.write_json(out / "layout.json", {"count": 3})
storage.write_form(layout.sectors[["name"]], out / "form.xlsx", {}, layer="form")
for suffix in storage.TABLE_FORMATS:
    write(table(3, 1), out / f"table{suffix}")
drawn = draw_map(sectors=layout.sectors, audience="internal", lang="en")
for suffix in (".html", ".png", ".pdf"):
    drawn.save(out / f"map{suffix}")
write_sector_sheets(layout, out, audience="internal", sector_ids=[2], date="2024-05-15")
made = sorted(file.name for file in out.iterdir())
print(json.dumps({"opened": opened, "renamed": sorted(renamed), "made": made}))
"""


def test_every_product_takes_its_name_in_one_step_and_is_never_opened_under_it(tmp_path):
    found = json.loads(run(PRODUCTS, tmp_path))
    assert found["made"] == found["renamed"]
    assert {Path(name).suffix for name in found["made"]} >= {
        *storage.TABLE_FORMATS, ".html", ".png", ".pdf",
    }  # fmt: skip
    assert [name for name in found["opened"] if not name.startswith(".")] == []
