"""A city → sectors along its main roads, of like population, each in one piece.

streets → ``blocks`` → ``graph`` (who borders whom, along which road) → ``solve`` → ``describe``

What limits a city: ``bounds`` (what is proven), ``cells`` (what main roads enclose), ``diagnose``;
``split`` (a block that holds more than a sector), ``trade`` (tolerance against cost).
"""

from geosector.partition.adopt import adopt_layout
from geosector.partition.compare import Comparison, compare_layouts
from geosector.partition.layout import Layout, city_cells, diagnose_city, partition_city
from geosector.partition.stored import layers_of
from geosector.partition.trade import trade_off

__all__ = [
    "Comparison",
    "Layout",
    "adopt_layout",
    "city_cells",
    "compare_layouts",
    "diagnose_city",
    "layers_of",
    "partition_city",
    "trade_off",
]
