"""A drawing in a page keeps its shapes and loses whatever could act."""

from __future__ import annotations

import pytest

from geosector.errors import InputError
from geosector.report.drawings import inline, own_names, parse_drawing, write_drawing

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'

HOSTILE = (
    "<script>x()</script>", "<foreignObject><p/></foreignObject>", "<style>*{display:none}</style>",
    '<a href="https://x.example"><path/></a>', '<path onclick="x()"/>', "<animate/>",
    '<use xlink:href="https://x.example/#a"/>', '<image href="https://x.example/a.png"/>',
    '<rect fill="url(https://x.example/#a)"/>', '<rect style="fill:u\\72l(//x.example)"/>',
    '<image href="data:text/html,x"/>',
)  # fmt: skip


@pytest.mark.parametrize("part", HOSTILE)
def test_what_could_act_or_fetch_is_left_out(part):
    written = write_drawing(parse_drawing(f"<svg {SVG}>{part}</svg>"))
    for word in ("script", "foreign", "display", "example", "onclick", "animate", "text/html"):
        assert word not in written


@pytest.mark.parametrize(
    "written",
    [
        "", "<svg/>", "<svg", "no", "<html/>", "<svg>\ud800</svg>",
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
    ],
)  # fmt: skip
def test_what_is_no_svg_is_refused(written):
    with pytest.raises(InputError, match="cannot be read as SVG"):
        parse_drawing(written)


def test_a_picture_inside_a_drawing_stays():
    picture = "data:image/png;base64,AAAA"
    assert picture in write_drawing(parse_drawing(f'<svg {SVG}><image href="{picture}"/></svg>'))


def test_names_get_a_prefix_wherever_they_are_used():
    root = parse_drawing(
        f'<svg {SVG}><g id="a" clip-path="url(#c)" style="mask:url(#m)"/><clipPath id="c"/>'
        '<mask id="m"/><use xlink:href="#a"/><path id="unused"/></svg>'
    )
    own_names(root, "f-")
    written = write_drawing(root)
    for found in ('id="f-a"', "url(#f-c)", 'id="f-c"', "url(#f-m)", 'href="#f-a"'):
        assert found in written
    assert "unused" not in written


def test_the_words_of_a_figure_are_text():
    assert "&lt;script&gt;" in inline(f"<svg {SVG}/>", "<script>", "f-")


def test_a_drawing_of_matplotlib_keeps_its_look_and_loses_its_date():
    from io import BytesIO

    from matplotlib.figure import Figure

    figure, written = Figure(figsize=(2, 1)), BytesIO()
    figure.subplots().plot([1, 2])
    figure.savefig(written, format="svg")
    assert b"<dc:date>" in written.getvalue()
    root = parse_drawing(written.getvalue())
    assert root.get("stroke-linejoin") == "round"
    assert "metadata" not in write_drawing(root)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 3
