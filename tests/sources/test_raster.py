"""People from rasters. All rasters are synthetic and made here."""

from __future__ import annotations

import builtins
import sys
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp
from rasterio.transform import Affine
from shapely.geometry import box

from geosector import crs
from geosector.cli import main
from geosector.errors import InputError, MissingCRSError, MissingPackageError, UnreadableFileError
from geosector.partition.blocks import make_blocks
from geosector.partition.population import Spread, place_people
from geosector.sources import files, raster, read_population, read_rows, read_table
from tests.drawn import draw_town
from tests.partition.towns import NINE_BLOCKS

TOWN = draw_town(NINE_BLOCKS)
METRIC = crs.metric_crs(TOWN.boundary.total_bounds)
UTM = "EPSG:32636"


def from_origin(west, north, wide, high):
    return Affine(wide, 0, west, 0, -high, north)


def write_tiff(path, values, transform, system=METRIC, **profile):
    """Write a synthetic raster."""
    bands = np.atleast_3d(np.array(values).T).T
    profile = {"dtype": bands.dtype, "nodata": -99999.0, **profile}
    with rasterio.open(
        path, "w", driver="GTiff", count=len(bands), height=bands.shape[1], width=bands.shape[2],
        crs=None if system is None else rasterio.crs.CRS.from_user_input(system),
        transform=transform, **profile,
    ) as file:  # fmt: skip
        file.write(bands)
    return path


@pytest.fixture
def fabric():
    return make_blocks(TOWN.boundary, TOWN.roads)


@pytest.fixture
def by_block(tmp_path, fabric):
    """Give a raster in the town's own system whose 3 × 3 cells are its nine blocks."""
    west, south, east, north = fabric.parts[0].bounds
    values = np.arange(1.0, 10).reshape(3, 3) * 100
    return write_tiff(
        tmp_path / "synthetic.tif", values,
        from_origin(west, north, (east - west) / 3, (north - south) / 3), fabric.crs,
    )  # fmt: skip


def test_each_cell_becomes_a_square_with_its_people(by_block):
    cells, problems = read_population(by_block, within=TOWN.boundary)
    assert cells["population"].tolist() == [100, 200, 300, 400, 500, 600, 700, 800, 900]
    assert (cells.crs.to_epsg(), cells.index[0], len(problems)) == (4326, 1, 0)
    assert crs.area_km2(cells).sum() == pytest.approx(crs.area_km2(TOWN.boundary)[0], rel=1e-4)
    assert cells.attrs["raster"] == {"rows": 3, "columns": 3, "without_data": 0.0}


def test_cells_that_are_blocks_give_blocks_their_people(by_block, fabric):
    cells, _ = read_population(by_block, within=TOWN.boundary)
    people = place_people(fabric, cells)
    # Blocks count from west to east, then from south to north; rows of a raster from the top.
    assert people.by_block.tolist() == [700, 400, 100, 800, 500, 200, 900, 600, 300]
    assert (people.outside, people.source, people.weight) == (0, "raster", "area")


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:3857", UTM, "ESRI:54009"])
def test_any_system_keeps_the_total(tmp_path, fabric, system):
    frame = TOWN.boundary.to_crs(system).total_bounds
    size = (frame[2] - frame[0]) / 17
    values = np.random.default_rng(5).gamma(1.0, 30.0, (40, 40)).astype("float32")
    transform = from_origin(frame[0] - 10.3 * size, frame[3] + 12.7 * size, size, size)
    cells, _ = read_population(
        write_tiff(tmp_path / "synthetic.tif", values, transform, system), within=TOWN.boundary
    )
    people = place_people(fabric, cells)
    assert people.by_block.sum() + people.outside == round(float(cells["population"].sum()))
    # 17 × 13 or so of the 1,600 cells lie in the town; at most their edge is outside.
    assert people.by_block.sum() > 3 * people.outside
    assert len(cells) < 400


def test_a_raster_that_is_turned_is_read_where_it_lies(tmp_path, fabric):
    west, south, east, north = fabric.parts[0].bounds
    # Squares of 20 m, turned by 30 degrees, the middle of 50 × 50 of them in the middle of the town.
    cos, sin = 20 * np.cos(np.pi / 6), 20 * np.sin(np.pi / 6)
    x, y = (west + east) / 2, (south + north) / 2
    transform = Affine(cos, sin, x - 25 * (cos + sin), sin, -cos, y - 25 * (sin - cos))
    values = np.ones((50, 50))
    cells, _ = read_population(
        write_tiff(tmp_path / "synthetic.tif", values, transform, fabric.crs), within=TOWN.boundary
    )
    people = place_people(fabric, cells)
    assert people.by_block.sum() == pytest.approx((east - west) * (north - south) / 400, rel=0.01)


def test_densities_become_people(tmp_path, fabric):
    west, south, east, north = fabric.parts[0].bounds
    transform = from_origin(west, north, (east - west) / 3, (north - south) / 3)
    path = write_tiff(tmp_path / "synthetic.tif", np.full((3, 3), 10_000.0), transform, fabric.crs)
    cells, _ = read_population(path, within=TOWN.boundary, per="km2")
    # 120 × 90 m at 10,000 people per km² are 108.
    assert cells["population"].tolist() == pytest.approx([108] * 9, rel=1e-3)
    with pytest.raises(InputError, match=r"per 'person'\. Use one of: cell, km2"):
        read_population(path, per="person")


def test_cells_without_data_hold_nobody_and_are_told(tmp_path, fabric):
    west, south, east, north = fabric.parts[0].bounds
    values = np.array([[-99999.0, 5, 5], [np.nan, 5, 5], [5, 5, 5]])
    transform = from_origin(west, north, (east - west) / 3, (north - south) / 3)
    path = write_tiff(tmp_path / "synthetic.tif", values, transform, fabric.crs)
    cells, problems = read_population(path, within=TOWN.boundary)
    assert cells["population"].sum() == 35
    assert problems["given"].tolist() == ["no data on 22.2% of the boundary"]
    assert place_people(fabric, cells).fallbacks == {"ground_without_people": 0.2222}


def test_a_raster_that_ends_inside_the_boundary_is_told(tmp_path, fabric):
    west, south, east, north = fabric.parts[0].bounds
    transform = from_origin(west, north, (east - west) / 4, north - south)
    path = write_tiff(tmp_path / "synthetic.tif", np.full((1, 2), 9.0), transform, fabric.crs)
    cells, problems = read_population(path, within=TOWN.boundary)
    assert cells["population"].sum() == 18
    assert problems["given"].tolist() == ["no data on 50.0% of the boundary"]


def test_negative_and_absurd_cells_count_nothing_and_are_listed(tmp_path, fabric):
    west, _, _, north = fabric.parts[0].bounds
    values = np.array([[-3.4e38, 7.0], [np.inf, 2e9]])
    path = write_tiff(tmp_path / "s.tif", values, from_origin(west, north, 60, 60), nodata=None)
    cells, problems = read_population(path)
    assert cells["population"].tolist() == [7]
    assert problems["given"].tolist() == ["3 cells such as -3.4e+38"]


def test_scale_and_offset_of_the_band_are_applied(tmp_path, fabric):
    west, _, _, north = fabric.parts[0].bounds
    path = tmp_path / "synthetic.tif"
    write_tiff(path, np.array([[4, 8]], "int16"), from_origin(west, north, 60, 60), nodata=-1)
    with rasterio.open(path, "r+") as file:
        file.scales, file.offsets = (0.5,), (1.0,)
    assert read_population(path)[0]["population"].tolist() == [3, 5]


def test_cells_go_to_the_buildings_in_them(by_block, fabric):
    cells, _ = read_population(by_block, within=TOWN.boundary)
    homes = gpd.GeoDataFrame(geometry=[fabric.blocks[2].centroid.buffer(5)], crs=fabric.crs)
    people = place_people(fabric, cells, Spread("buildings", homes))
    assert people.by_block[2] == 100
    assert people.fallbacks["zones_by_area"] == {"rows": 8, "people": 4400}
    assert [problem.given for problem in people.problems] == ["8 cells with 4,400 people"]


def test_only_the_window_around_the_boundary_is_read(tmp_path, monkeypatch):
    path = tmp_path / "synthetic.tif"
    degree = 1 / 1200
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=36_000, width=72_000, dtype="float32",
        crs="EPSG:4326", transform=from_origin(0, 50, degree, degree), sparse_ok=True, tiled=True,
        compress="deflate", BIGTIFF="YES",
    ) as file:  # 2.6 thousand million cells, 10 GB were it not sparse  # fmt: skip
        file.write(np.full((256, 256), 2.0, "float32"), 1, window=((20352, 20608), (35840, 36096)))
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 10)
    cells, _ = read_population(path, within=TOWN.boundary)
    assert cells["population"].eq(2).all()
    assert len(cells) == 19
    with pytest.raises(InputError, match=r"2,592,000,000 cells.*at most 3,000,000.*Give the bound"):
        read_population(path)


def test_a_raster_elsewhere_is_refused(tmp_path):
    path = write_tiff(tmp_path / "s.tif", np.ones((3, 3)), from_origin(10, 50, 1, 1), "EPSG:4326")
    with pytest.raises(InputError, match=r"s\.tif: this raster does not reach the boundary"):
        read_population(path, within=TOWN.boundary)


def test_a_raster_without_a_system_needs_one_stated(tmp_path):
    path = write_tiff(tmp_path / "s.tif", np.ones((3, 3)), from_origin(30, 33, 1, 1), None)
    with pytest.raises(MissingCRSError, match=r"s\.tif has no coordinate system"):
        read_population(path)
    assert len(read_population(path, crs="EPSG:4326")[0]) == 9


def test_the_word_of_the_file_wins_over_what_is_stated(tmp_path):
    path = write_tiff(tmp_path / "s.tif", np.ones((3, 3)), from_origin(30, 33, 1, 1), "EPSG:4326")
    _, problems = read_population(path, crs=UTM)
    assert problems[["given", "expected"]].values.tolist() == [[UTM, "EPSG:4326"]]


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_without_a_place_is_refused(tmp_path):
    path = write_tiff(tmp_path / "s.tif", np.ones((3, 3)), Affine.identity(), "EPSG:4326")
    with pytest.raises(InputError, match="nothing says where on the ground"):
        read_population(path)


def test_a_picture_is_refused(tmp_path):
    path = tmp_path / "satellite.tif"
    values = np.ones((3, 4, 4), "uint8")
    write_tiff(path, values, from_origin(30, 33, 1, 1), "EPSG:4326", nodata=None, photometric="RGB")
    with rasterio.open(path) as file:
        assert file.colorinterp[0] == ColorInterp.red
    with pytest.raises(InputError, match=r"satellite\.tif: this is a picture"):
        read_population(path)


def test_of_several_bands_the_first_is_read_and_that_is_listed(tmp_path):
    values = np.stack([np.full((2, 2), 3.0), np.full((2, 2), 8.0)])
    path = write_tiff(tmp_path / "s.tif", values, from_origin(30, 33, 1, 1), "EPSG:4326")
    cells, problems = read_population(path)
    assert cells["population"].tolist() == [3] * 4
    assert problems["given"].tolist() == ["2 bands"]


def test_a_zipped_raster_is_read(by_block, tmp_path):
    with zipfile.ZipFile(tmp_path / "synthetic.zip", "w") as archive:
        archive.write(by_block, "synthetic.tif")
    assert read_population(tmp_path / "synthetic.zip")[0]["population"].sum() == 4500


def test_a_raster_checks_as_population_and_is_no_other_table(by_block):
    cells, problems = read_table(by_block, "population")
    assert (cells["population"].sum(), len(problems)) == (4500, 0)
    with pytest.raises(InputError, match="from rasters only people are read"):
        read_table(by_block, "roads")
    with pytest.raises(InputError, match="from rasters only people are read"):
        read_rows(by_block)


def test_one_piece_too_large_to_unpack_is_refused(by_block, monkeypatch):
    monkeypatch.setattr(raster, "MAX_PIECE_BYTES", 8)
    with pytest.raises(InputError, match="at most 3,000,000 can be"):
        read_population(by_block)


def test_a_boundary_without_area_is_refused(by_block):
    with pytest.raises(InputError, match="The boundary holds no area"):
        read_population(by_block, within=TOWN.people)


def test_without_rasterio_the_sentence_says_what_to_install(by_block, monkeypatch):
    def refuse(name, *args, **kwargs):
        if name.partition(".")[0] == "rasterio":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    real = builtins.__import__
    monkeypatch.delitem(sys.modules, "rasterio")
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingPackageError, match=r"pip install geosector\[raster\]"):
        read_population(by_block)


def test_a_damaged_raster_is_refused_with_a_sentence_or_read(by_block, tmp_path):
    whole = by_block.read_bytes()
    path = tmp_path / "damaged.tif"
    rng = np.random.default_rng(6)
    outcomes = set()
    for _ in range(300):
        torn = bytearray(whole[: rng.integers(9, len(whole) + 1)])
        for place in rng.integers(4, len(torn), rng.integers(0, 6)):
            torn[place] = rng.integers(256)
        path.write_bytes(torn)
        try:
            read_population(path, within=TOWN.boundary)
            outcomes.add("read")
        except InputError as error:
            outcomes.add(type(error).__name__)
    assert outcomes >= {"read", "UnreadableFileError"}


def test_what_gdal_complains_about_is_passed_on(by_block, tmp_path):
    whole = bytearray(by_block.read_bytes())
    torn = tmp_path / "torn.tif"
    # Tag 42113 is the sign for "no data": of a type that does not exist, it is lost.
    whole[whole.index((42113).to_bytes(2, "little")) + 2] = 99
    torn.write_bytes(whole)
    cells, problems = read_population(torn)
    assert cells["population"].sum() == 4500
    assert problems["action"].unique().tolist() == ["Read as far as possible."]


@pytest.mark.parametrize("spread", ["area", "buildings"])
def test_the_command_takes_a_raster_and_buildings(by_block, tmp_path, capsys, fabric, spread):
    homes = gpd.GeoDataFrame(
        {"building:levels": [2] * 9}, geometry=[block.centroid.buffer(8) for block in fabric.blocks],
        crs=fabric.crs,
    )  # fmt: skip
    inputs = {"boundary": TOWN.boundary, "roads": TOWN.roads, "buildings": homes}
    words = ["sectors", "--population", str(by_block), "--spread", spread, "--count", "2"]
    for name, table in inputs.items():
        table.to_file(tmp_path / f"{name}.gpkg")
        words += [f"--{name}", str(tmp_path / f"{name}.gpkg")]
    words += ["--tolerance", "0.3", "--iterations", "8", "--out", str(tmp_path / "layout.gpkg")]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "inside the boundary: 4,500; outside: 0; in all: 4,500. They are cells" in said
    assert ("by floor area of buildings" in said) == (spread == "buildings")


def test_a_file_that_only_begins_like_a_raster_is_refused(tmp_path):
    path = tmp_path / "people.tif"
    path.write_bytes(b"II*\x00" + b"\x00" * 40)
    with pytest.raises(UnreadableFileError, match=r"people\.tif: the file is damaged"):
        read_population(path, within=gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs="EPSG:4326"))
