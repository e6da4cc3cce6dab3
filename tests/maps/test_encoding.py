"""What goes into a page comes out as it was, and is never taken for code."""

from __future__ import annotations

import html
import json

import jinja2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosector.maps import encoding

pytestmark = pytest.mark.nojit

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.sampled_from(["{{", "{%", "{#", "</"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_json_text_parses_back_to_the_same_value(value: object) -> None:
    assert json.loads(encoding.json_text(value)) == value


@given(json_values)
def test_json_text_is_the_same_after_a_template_engine(value: object) -> None:
    written = encoding.json_text(value)
    assert jinja2.Template(written, keep_trailing_newline=True).render() == written


@given(st.text())
def test_json_text_holds_no_html(value: str) -> None:
    assert not set(encoding.json_text([value])) & set("<>&\u2028\u2029")


def test_a_lone_surrogate_is_written_as_an_escape() -> None:
    assert encoding.json_text("\ud800").encode("utf-8") == b'"\\ud800"'


@given(st.lists(st.integers(-(2**40), 2**40)))
def test_varints_read_back(values: list[int]) -> None:
    numbers = np.array(values, np.int64)
    assert encoding.read_varints(encoding.varints(numbers)).tolist() == values


def test_no_lines_pack_to_nothing() -> None:
    none = np.empty(0, np.int64)
    packed = encoding.pack_lines(np.empty((0, 2)), none, none, 1e-5)
    assert encoding.unpack_bytes(packed) == b""


@given(
    st.lists(
        st.lists(st.tuples(st.floats(-180, 180), st.floats(-85, 85)), min_size=2, max_size=5),
        min_size=1,
        max_size=6,
    )
)
def test_lines_read_back_within_half_a_unit(lines: list[list[tuple[float, float]]]) -> None:
    coordinates = np.array([point for line in lines for point in line])
    sizes = np.array([len(line) for line in lines])
    packed = encoding.pack_lines(coordinates, sizes, np.arange(len(lines)), 1e-5)
    values = encoding.read_varints(encoding.unpack_bytes(packed)).tolist()
    at, place, read = 0, np.zeros(2), []
    for number, size in enumerate(sizes):
        assert values[at] == (1 if number else 0)
        assert values[at + 1] == size
        for step in np.reshape(values[at + 2 : at + 2 + 2 * size], (-1, 2)):
            place = place + step
            read.append(place * 1e-5)
        at += 2 + 2 * size
    assert np.abs(np.array(read) - coordinates).max() <= 0.51e-5


@given(st.binary(max_size=40))
def test_bytes_written_as_text_read_back(raw: bytes) -> None:
    written = encoding.write_bytes(raw)
    assert encoding.read_bytes(written) == raw
    assert len(written) == len(raw) + -(-len(raw) // 4)
    assert encoding.json_text(written) == f'"{written}"'


def test_text_of_bytes_needs_no_escape_in_an_attribute() -> None:
    every = encoding.write_bytes(np.random.default_rng(0).bytes(40_000))
    assert len(set(every)) == 85
    assert html.escape(every) == every
