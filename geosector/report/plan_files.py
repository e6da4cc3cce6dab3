"""The numbers of a plan as sheets of the workbook and as part of ``report.json``."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geosector.report.plan_numbers import PlanNumbers, records
from geosector.report.planning import total_label


def plan_sheets(plan: PlanNumbers, langs: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Give the sheets of a plan.

    Parameters
    ----------
    plan : PlanNumbers
    langs : sequence of str
        The languages in which the totals are named, a column for each.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``plan``: ``id, name_<lang>, value`` of each total; ``plan.<table>`` for each table, its
        columns as in ``tables.toml``. None where there is no plan.

    Examples
    --------
    >>> from geosector.release import Planned
    >>> from geosector.report.plan_numbers import reckon_plan
    >>> posts = pd.DataFrame({"sector_id": ["1"], "role": ["fire"], "posts": [8], "filled": [6]})
    >>> made = plan_sheets(reckon_plan(Planned({"posts": posts}, {})), ["en"])
    >>> list(made), made["plan"].to_numpy().tolist()
    (['plan', 'plan.posts'], [['posts.posts', 'Posts', 8], ['posts.filled', 'Filled', 6]])
    >>> plan_sheets(reckon_plan(Planned({}, {})), ["en"])
    {}
    """
    if not plan.tables:
        return {}
    totals = [
        {
            "id": total.id,
            **{f"name_{lang}": total_label(total, lang) for lang in langs},
            "value": total.value,
        }
        for total in plan.totals
    ]
    columns = ["id", *(f"name_{lang}" for lang in langs), "value"]
    made = {"plan": pd.DataFrame(totals, columns=columns)}
    for name, rows in plan.tables.items():
        made[f"plan.{name}"] = rows
    return made


def plan_summary(plan: PlanNumbers, langs: Sequence[str]) -> dict[str, object]:
    """Give the part of ``report.json`` that tells of a plan.

    Returns
    -------
    dict
        ``plan``: ``totals`` (id → number, None where a part is withheld or not known), ``names``
        (id → language → words), ``tables`` (name → rows), ``left_out`` (name → why). Empty where
        there is no plan.

    Examples
    --------
    >>> from geosector.report.plan_numbers import NO_PLAN
    >>> plan_summary(NO_PLAN._replace(left_out={"routes": "by agreement only"}), ["en"])["plan"]
    {'totals': {}, 'names': {}, 'tables': {}, 'left_out': {'routes': 'by agreement only'}}
    >>> plan_summary(NO_PLAN, ["en"])
    {}
    """
    if not plan.tables and not plan.left_out:
        return {}
    return {
        "plan": {
            "totals": {total.id: total.value for total in plan.totals},
            "names": {
                total.id: {lang: total_label(total, lang) for lang in langs}
                for total in plan.totals
            },
            "tables": {name: records(rows) for name, rows in plan.tables.items()},
            "left_out": plan.left_out,
        }
    }
