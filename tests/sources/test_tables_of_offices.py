"""Stock, needs, returns, shifts, recommendations, services, activities: as offices write them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from geosector.errors import MissingColumnError
from geosector.sources import check_table
from geosector.tables import recognise

# Synthetic rows, each under the headers of one office.
WRITTEN: dict[str, dict[str, Any]] = {
    "stock": {"المستودع": "W1", "الصنف": "حقيبة إسعاف", "الكمية": "١٢", "الوحدة": "حقيبة",
              "تاريخ انتهاء الصلاحية": "31/12/2027"},
    "needs": {"المنطقة": "7", "الفئة": "نازحون", "عدد المحتاجين": "١٬٢٠٠", "التاريخ": "نيسان 2024"},
    "returns": {"البلدة": "سراقب", "عدد العائدين": "340", "إلى تاريخ": "2024-04-30"},
    "shifts": {"القطاع": "3", "المهمة": "إسعاف", "التاريخ": "22/4/2024", "ساعات": "16"},
    "recommendations": {"التوصية": "فتح الطريق", "الجهة المسؤولة": "OPS-1", "الحالة": "قيد التنفيذ"},
    "services": {"المؤشر": "fire.responses", "العدد": "62", "الوحدة": "عدد", "الدقة": "نحو"},
    "activities": {"الجهة المنفذة": "منظمة اصطناعية", "النشاط": "سلال", "المكان": "إدلب",
                   "المستفيدون": "٥٠٠", "الحالة": "منجز"},
}  # fmt: skip
READ: dict[str, dict[str, Any]] = {
    "stock": {"facility_id": "W1", "item": "حقيبة إسعاف", "quantity": 12.0, "unit": "حقيبة"},
    "needs": {"area_id": "7", "group": "نازحون", "people": 1200},
    "returns": {"locality": "سراقب", "people": 340},
    "shifts": {"sector_id": "3", "role": "إسعاف", "hours": 16.0},
    "recommendations": {"text": "فتح الطريق", "owner": "OPS-1", "status": "in_progress"},
    "services": {"count": 62.0, "unit": "count", "qualifier": "about"},
    "activities": {"organisation": "منظمة اصطناعية", "reached": 500, "status": "completed"},
}
every_table = pytest.mark.parametrize("name", sorted(WRITTEN))


@every_table
def test_a_row_in_arabic_is_understood(name: str) -> None:
    rows, problems = check_table(pd.DataFrame([WRITTEN[name]]), name)
    assert problems.empty
    assert {column: rows[column].iloc[0] for column in READ[name]} == READ[name]


@every_table
def test_the_table_is_recognised_by_its_headers(name: str) -> None:
    assert recognise(list(WRITTEN[name])) == name


@every_table
def test_what_a_row_cannot_do_without_is_asked_for(name: str) -> None:
    with pytest.raises(MissingColumnError, match="no column was found for"):
        check_table(pd.DataFrame({"ملاحظة": ["x"]}), name)


def test_a_negative_quantity_is_listed_and_the_good_rows_stay() -> None:
    cells = pd.DataFrame({"sector_id": [1, 2], "item": ["bag", "bag"], "quantity": [4, -3]})
    rows, problems = check_table(cells, "stock")
    assert rows["sector_id"].tolist() == ["1"]
    assert problems["given"].tolist()[0] == "-3"
