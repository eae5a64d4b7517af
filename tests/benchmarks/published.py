"""What a right result must say, from the published numbers and the text of the handout: from no program's output."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "src" / "jukixl" / "reports" / "juki" / "published"

CARDS = {"annex5": "annex5_cards_2024-12-31.csv", "annex5_reference": "annex5_cards_2025-08-31.csv"}
NEIGHBOURS = {
    "annex5_neighbours": "annex5_neighbours_2024-12-31.csv",
    "annex5_neighbours_reference": "annex5_neighbours_2025-08-31.csv",
}
NOTIFICATIONS = {
    "annex6_cumulative": "annex6_notifications_cumulative.csv",
    "annex6_annual": "annex6_notifications_annual.csv",
}
PRINTED = {
    "annex1": "annex1_incidents_by_cause.csv",
    "annex2": "annex2_prefecture.csv",
    "annex3": "annex3_national.csv",
    "annex5": CARDS["annex5"],
    "annex5_neighbours": NEIGHBOURS["annex5_neighbours"],
    "annex5_reference": CARDS["annex5_reference"],
    "annex5_neighbours_reference": NEIGHBOURS["annex5_neighbours_reference"],
    **NOTIFICATIONS,
}
"""The tables of the handout in its order, with the file that holds what was printed."""

_TEXTS = {"annex1": 1, "annex2": 4, "annex3": 2, "annex5_neighbours": 1, "annex5_neighbours_reference": 1}
_ORDER = ("delivered", "preset", "sent", "applications")
_CHANGES = ("application_rate", "delivered_rate")
_REMAINDER = "(判読不能分)"
_TOTALS = ("合計", "計")

Row = tuple[str, ...]


def records(file: str) -> list[dict[str, str]]:
    """The rows of a published file, its total row included."""
    with (FOLDER / file).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def body(file: str) -> list[dict[str, str]]:
    """The rows of a published file without its total row."""
    return [record for record in records(file) if not is_total(record)]


def is_total(record: Mapping[str, str]) -> bool:
    return any(value in _TOTALS for value in record.values())


def printed_rows(table: str) -> Iterator[Row]:
    """The rows of a table as they must stand in the handout; of the total row its label and what follows the texts."""
    texts = _TEXTS.get(table, 2)
    for record in records(PRINTED[table]):
        values = [value for column, value in record.items() if column != "note"]
        shown = [*values[:texts], *map(_shown, values[texts:])]
        label = next((value for value in shown if value in _TOTALS), None) if is_total(record) else None
        yield tuple(shown if label is None else [label, *shown[texts:]])


def _shown(value: str) -> str:
    return f"{int(value):,}" if value.isdigit() else value


def figures() -> Iterator[str]:
    """The sentences of the handout that hold a number, in its order."""
    settings = tomllib.loads((FOLDER / "settings.toml").read_text(encoding="utf-8"))
    year, fiscal_year = settings["target_year"], settings["fiscal_year"]
    cards, later = (total(file) for file in CARDS.values())
    since = total(NOTIFICATIONS["annex6_cumulative"])
    stores = sum(1 for row in body(NOTIFICATIONS["annex6_cumulative"]) if int(row["convenience_store"]))
    yield f"{fiscal_year} {total('annex2_prefecture.csv')['cases']}件"
    yield f"{fiscal_year} {total('annex3_national.csv')['cases']}件"
    yield f"{settings['base_date']}までの累計申請枚数 {cards['applications']}枚"
    yield f"{settings['reference_date']}までの累計申請枚数は {later['applications']}枚"
    for column in (
        "wide_area_issue_place",
        "wide_area_issue_residence",
        "special_move_out",
        "special_move_in",
    ):
        yield f"{year}末まで {since[column]}件"
    yield f"コンビニ交付サービス実施団体（{stores}市町村）"
    for column in ("convenience_store", "kiosk_other_municipality", "kiosk_own_municipality"):
        yield f"{year}末まで {since[column]}件"


def total(file: str) -> dict[str, str]:
    """The total row of a published file, numbers as printed."""
    record = next(record for record in records(file) if is_total(record))
    return {column: _shown(value) for column, value in record.items()}


def master_values() -> Iterator[tuple[str, str, str, Decimal]]:
    """(table, column, row, number) of everything in the master that follows from the forms.

    `row` is the five-digit code of a municipality or `total`; a rate is 1 for 100 % and has three decimals.
    """
    for table, file in {**CARDS, **NOTIFICATIONS}.items():
        for record in records(file):
            row = "total" if is_total(record) else record["code"]
            for column, value in list(record.items())[2:]:
                if value:
                    yield table, column.removesuffix("_printed"), row, _number(value)


def _number(value: str) -> Decimal:
    return Decimal(value.removesuffix("%")) / 100 if value.endswith("%") else Decimal(value)


def findings() -> dict[str, int]:
    """How many findings of each kind the check must have, there being no error."""
    over = (record for file in (*CARDS.values(), *NEIGHBOURS.values()) for record in records(file))
    return {
        "order": sum(_reversals(record) for file in CARDS.values() for record in body(file)),
        "over_limit": sum(_rates_over(record) for record in over),
        "missing": sum(_gaps(record) for record in body(PRINTED["annex2"])),
        "rounding": sum(_unexplained(record) for file in NEIGHBOURS.values() for record in body(file)),
    }


def _reversals(record: Mapping[str, str]) -> int:
    values = [int(record[column]) for column in _ORDER]
    return sum(low > high for low, high in pairwise(values))


def _rates_over(record: Mapping[str, str]) -> int:
    """Rates of the two dates themselves; what was printed for the month before is not this year's."""
    rates = [
        value for column, value in record.items() if column.endswith("_printed") and "month" not in column
    ]
    return sum(_number(rate) > 1 for rate in rates if rate)


def _gaps(record: Mapping[str, str]) -> int:
    if record["law"] == _REMAINDER:
        return 0
    return sum(not record[column] for column in ("law", "affairs", "office", "registered_users", "cases"))


def _unexplained(record: Mapping[str, str]) -> int:
    def of(column: str) -> Decimal:
        return _number(record[f"{column}_printed"]).quantize(Decimal("0.001"), ROUND_HALF_UP)

    return sum(of(f"{rate}_change") != of(rate) - of(f"{rate}_previous_month") for rate in _CHANGES)
