"""What is needed, what lies where, until when it may be used, and what to bring from where.

`norms` multiplies people by what each needs; `lots` judges stock on a day, `gaps` sets both side by
side; `minutes` are ways between places, `spare` is what one can do without, `sharing` divides what
is scarce and `transfers` plans what to bring. `given` and `goods` read numbers, days and the names
of goods and units (`units.toml`).
"""

from geosector.measure.stock.gaps import Gaps, stock_gaps
from geosector.measure.stock.lots import find_lots, judge_stock
from geosector.measure.stock.minutes import Ways, minutes_between
from geosector.measure.stock.norms import item_needs, people_in_need
from geosector.measure.stock.sharing import share_out
from geosector.measure.stock.transfers import Transfers, plan_transfers

__all__ = [
    "Gaps",
    "Transfers",
    "Ways",
    "find_lots",
    "item_needs",
    "judge_stock",
    "minutes_between",
    "people_in_need",
    "plan_transfers",
    "share_out",
    "stock_gaps",
]
