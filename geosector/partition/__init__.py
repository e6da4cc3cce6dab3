"""A city → sectors along its main roads, of like population, each in one piece.

What is given: streets → ``blocks`` (with ``noding``, ``ways``, ``faces``, ``slivers``), ``terrain``
(which streets are main, ``barriers``, ``plots``), ``population`` → ``graph`` (who borders whom,
along which road, and where one can pass: ``reach``), gathered in ``city``. All of them lean on
``rows`` (what a row of a table says) and ``pieces`` (what hangs together).

What limits a city: ``bounds`` (what is proven), ``cells`` (what main roads enclose), ``diagnose``;
``split`` (a block that holds more than a sector), ``trade`` (tolerance against cost).

``layout`` leads from the city through ``solve`` to tables (``describe``), ``ties`` to the layout
before. Under ``solve``: ``exact`` for few blocks, for many ``seek`` (how a budget is spent),
``best`` (which plan is better), ``rounding``, ``search`` and ``kernels`` (what is compiled).
Afterwards: ``names`` and ``words`` for people, ``compare``, ``adopt``.
"""

from geosector.partition.adopt import adopt_layout
from geosector.partition.compare import Comparison, compare_layouts
from geosector.partition.layout import Layout, city_cells, diagnose_city, partition_city
from geosector.partition.names import name_sectors
from geosector.partition.reach import Reach
from geosector.partition.stored import layers_of
from geosector.partition.strokes import propose_main_roads
from geosector.partition.trade import trade_off
from geosector.partition.words import describe_borders, tell_borders

__all__ = [
    "Comparison",
    "Layout",
    "Reach",
    "adopt_layout",
    "city_cells",
    "compare_layouts",
    "describe_borders",
    "diagnose_city",
    "layers_of",
    "name_sectors",
    "partition_city",
    "propose_main_roads",
    "tell_borders",
    "trade_off",
]
