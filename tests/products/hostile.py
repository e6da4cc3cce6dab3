"""Text that has attacked somebody's page, and a synthetic town in which it stands everywhere."""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point, box

WGS84 = "EPSG:4326"
SURROGATE = re.compile("[\ud800-\udfff]")  # what no column of pandas may be called
RUN = "window.__pwned=1"

HOSTILE = (
    # Templates of Python and of JavaScript.
    "{{7*7}}", "{{ cycler.__init__.__globals__.os.getpid() }}", "{% raw %}", "{% endraw %}",
    "{% if x %}", "{#", "{# x #}", "{%- set x = 1 -%}", f"${{{RUN}}}", f"`${{{RUN}}}`", "`", "${",
    "%s %(x)s %n %", "{0} {x} {n} {}", "{number}", "{place}", "$& $1 $` $'", "#{7*7}", "<%= 7*7 %>",
    # Ends of strings, of scripts, of elements.
    "\\", "\\\\", "\\x3cimg src=x>", f"\\u003cscript>{RUN}\\u003c/script>", f"'+{RUN}+'",
    f'"+{RUN}+"', f'");{RUN}//', f"</script><script>{RUN}</script>", f"</SCRIPT ><script>{RUN}//",
    "<!--<script>", "<!--", "-->", "--!>", "]]>", f"<![CDATA[<script>{RUN}</script>]]>",
    "</title></style></textarea></noscript>", f"</style><script>{RUN}</script>", "<plaintext>",
    "*/", "//", "/*",
    # Elements.
    f"<script>{RUN}</script>", f"<img src=x onerror={RUN}>", f"<svg onload={RUN}>",
    f"<svg><animate onbegin={RUN} attributeName=x>", f"<details open ontoggle={RUN}>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>",
    "<iframe srcdoc='<script>parent.__pwned=1</script>'>", f"<a href=javascript:{RUN}>x</a>",
    "<meta http-equiv=refresh content='0;url=https://refresh.example/'>",
    "<link rel=stylesheet href=https://style.example/>", "<base href=https://base.example/>",
    "<style>*{display:none}</style>", "<form action=https://form.example><button>x", "'\"><b>",
    "<b style='background:url(https://css.example/)'>", "expression(alert(1))",
    "url(https://css.example/)",
    # Addresses.
    f"javascript:{RUN}", f"data:text/html,<script>{RUN}</script>", "https://link.example/?q=1",
    "//host.example", "%3Cscript%3E", "file:///etc/passwd", "www.example.org",
    # Entities, formulas, keys of objects.
    "&lt;b&gt;", "&#60;b&#62;", "&amp;amp;", "&", "=cmd()|' /C calc'!A0", "@SUM(1)", "+1", "-1",
    '{"__proto__":{"x":1}}', "__proto__", "constructor", "prototype", "toString", "hasOwnProperty",
    "length", "null", "undefined", "NaN", "true", "[object Object]", "0", "007", "1e5", "0x10",
    "$x_1^2$", "\\frac{1}{2}", "$\\undefined$", "$", "\\$",
    # Signs that are not seen, or that turn what is around them.
    "\x00\x07\x1b[31m", "a\x00b", "\x7f\x9b", "a\u2028b\u2029c", "\u202egnp.exe\u202c", "\u202eabc",
    "\u2066\u2066\u2067abc", "\u2069\u2069\u200f", "\u200bzero\u200bwidth\ufeff", "\ud800", "a\udfffb",
    "\ufffe\uffff", "e\u0301\u0327\u0300" + "\u0301" * 30, "👩‍👩‍👧‍👦🏴‍☠️", "𓂀", "٣٤٥ ۳۴۵ १२३",
    "a\tb\nc\rd", " both ends ", "شارع <b>النصر</b> (3)", "ﷺ", "İıſK",
)  # fmt: skip


def hostile_town(names: tuple[str, ...] = HOSTILE) -> dict[str, Any]:
    """Put each of some texts into every cell of a synthetic town that reaches a map."""
    count = len(names)
    xs = [37 + 0.01 * at for at in range(count)]
    cells = pd.Series(names, dtype=object)
    called = {f"name{end}": cells for end in ("", "_ar", "_kmr", "_ckb", "_en")}
    # Columns that nobody knows, called by such texts and holding them; rows are labelled so, too.
    strange = {f"{name[:200]} \u00a0": cells for name in names if not SURROGATE.search(name)}

    def table(columns: dict[str, Any], shapes: list[Any]) -> gpd.GeoDataFrame:
        made = pd.DataFrame({**columns, **strange})
        return gpd.GeoDataFrame(made, geometry=shapes, crs=WGS84).set_axis(
            [SURROGATE.sub("", name) for name in names]
        )

    days = ["2024-04-01", "2024-04", "2024", None]
    told = {
        "date": [days[at % 4] for at in range(count)], "locality": cells, "weapon": cells,
        "cause": cells, "severity": cells, "id": cells, "narrative": cells,
        "attributed_to": cells, "place_type": cells, "vehicle": cells,
    }  # fmt: skip
    groups = [("attack", 0.0, 0.002), ("attack", 9000.0, 0.008), (cells, 0.0, 0.004)]
    incidents = [
        table(
            {**told, "kind": kind, "radius_m": radius},
            [Point(x + place, 36 + place) for x in xs],
        )
        for kind, radius, place in groups
    ]
    return {
        "incidents": pd.concat(incidents),
        "sectors": table(
            {"sector_id": range(1, count + 1), "name": cells, "population": 1000.0},
            [box(x, 36.0, x + 0.01, 36.01) for x in xs],
        ),
        "borders": table(
            {"left": cells, "right": cells, "road_class": cells, "name": cells},
            [LineString([(x, 36.0), (x, 36.01)]) for x in xs],
        ),
        "roads": table(
            {"road_class": "primary", "name": cells},
            [LineString([(x + 0.003, 36.02), (x + 0.003, 36.03)]) for x in xs],
        ),
        "facilities": table(
            {"kind": cells, **called, "status": cells, "capacity": cells, "capacity_unit": cells},
            [Point(x + 0.005, 36.005) for x in xs],
        ),
        "localities": table(
            {"id": pd.Series([f"{at} {name}" for at, name in enumerate(names)], dtype=object), **called},
            [box(x, 36.0, x + 0.01, 36.01) for x in xs],
        ),
        "water": table({"kind": cells, "name": cells}, [box(x, 36.04, x + 0.005, 36.05) for x in xs]),
        "buildings": table({"name": cells}, [box(x, 36.03, x + 0.001, 36.031) for x in xs]),
    }  # fmt: skip
