"""Every published number, rate, name and date stands in the handout, in its table, row and column."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from acceptance.conftest import Demo
from acceptance.published import W, read_csv, read_document, read_tables, text_of, with_commas

CARD_COLUMNS = (
    "applications",
    "population",
    "application_rate_printed",
    "sent",
    "sent_rate_printed",
    "preset",
    "preset_rate_printed",
    "delivered",
    "delivered_per_application_printed",
    "delivered_per_preset_printed",
)
NEIGHBOUR_COLUMNS = (
    "applications",
    "population",
    "application_rate_printed",
    "application_rate_previous_month_printed",
    "application_rate_change_printed",
    "delivered",
    "delivered_rate_printed",
    "delivered_rate_previous_month_printed",
    "delivered_rate_change_printed",
)
NOTIFICATION_COLUMNS = (
    "wide_area_issue_place",
    "wide_area_issue_residence",
    "special_move_out",
    "special_move_in",
    "convenience_store",
    "kiosk_other_municipality",
    "kiosk_own_municipality",
)
TEXTS = {"code", "municipality", "area", "cause", "provided_to", "affairs", "basis", "law", "office"}


def printed(column: str, value: str) -> str:
    """A .csv cell as the handout prints it."""
    return value if column in TEXTS or column.endswith("_printed") else with_commas(value)


def rows_as_printed(file: str, columns: tuple[str, ...]) -> Iterator[list[str]]:
    for record in read_csv(file):
        yield [printed(column, record[column]) for column in columns]


@pytest.fixture(scope="module")
def tables(demo: Demo) -> dict[str, list[list[str]]]:
    return read_tables(demo.handout)


@pytest.mark.parametrize(
    ("table", "file", "columns"),
    [
        ("annex5", "annex5_cards_2024-12-31.csv", ("code", "municipality", *CARD_COLUMNS)),
        ("annex5_reference", "annex5_cards_2025-08-31.csv", ("code", "municipality", *CARD_COLUMNS)),
        ("annex5_neighbours", "annex5_neighbours_2024-12-31.csv", ("area", *NEIGHBOUR_COLUMNS)),
        ("annex5_neighbours_reference", "annex5_neighbours_2025-08-31.csv", ("area", *NEIGHBOUR_COLUMNS)),
        (
            "annex6_cumulative",
            "annex6_notifications_cumulative.csv",
            ("code", "municipality", *NOTIFICATION_COLUMNS),
        ),
        ("annex6_annual", "annex6_notifications_annual.csv", ("code", "municipality", *NOTIFICATION_COLUMNS)),
        ("annex3", "annex3_national.csv", ("provided_to", "affairs", "cases")),
        (
            "annex2",
            "annex2_prefecture.csv",
            ("basis", "law", "affairs", "office", "registered_users", "cases"),
        ),
        (
            "annex1",
            "annex1_incidents_by_cause.csv",
            ("cause", *(f"{month}月" for month in range(1, 13)), "計"),
        ),
    ],
)
def test_every_row_of_an_annex_is_printed_as_published(
    tables: dict[str, list[list[str]]], table: str, file: str, columns: tuple[str, ...]
) -> None:
    """Rows, their order and every cell are those of the published file; the total row's numbers too."""
    *expected, total = rows_as_printed(file, columns)
    if table.startswith("annex5_neighbours"):
        expected.append(total)  # the neighbours have no total row
    found = tables[table]
    body = [row for row in found if without_continuation(row[0]) in {line[0] for line in expected}]
    assert expected == [[without_continuation(cell) for cell in row] for row in body]
    if not table.startswith("annex5_neighbours"):
        numbers = [(column, cell) for column, cell in enumerate(total) if cell and cell[0].isdigit()]
        assert numbers
        assert numbers == [(column, found[-1][column]) for column, _ in numbers]


def without_continuation(cell: str) -> str:
    """A merged cell that goes on on the next page says so; its text is the same."""
    return cell.removesuffix("（続き）")


@pytest.mark.parametrize(
    "sentence",
    [
        "個人情報保護審議会",
        "住民基本台帳ネットワークシステム関係資料",
        "市町村振興課",
        "令和7年10月",
        "平成14年8月の住民基本台帳ネットワークシステム運用開始からこれまでの間",
        "令和6年1月から令和6年12月までに、不正アクセスによるネットワークへの侵入はなかった。",
        "令和6年度39,627件",
        "令和6年度1,437,750,584件",
        "令和6年12月31日までの累計申請枚数772,405枚",
        "【参考】令和7年8月31日までの累計申請枚数は838,955枚",
        "個人番号カードの交付は平成28年1月から開始。住民基本台帳カードの交付は平成27年12月末をもって終了。",
        "令和6年末まで13,083件",
        "令和6年末まで11,667件",
        "令和6年末まで39,447件",
        "令和6年末まで39,992件",
        "コンビニ交付サービス実施団体（22市町村）に限る",
        "令和6年末まで523,743件",
        "令和6年末まで674件",
        "令和6年末まで430,413件",
        "令和6年…0件（過去には平成27年に請求された1件のみ）",
        "（R6.5.27～R6.6.28）",
        "2年以下の懲役または100万円以下の罰金",
        "ネットワーク機器等の障害一覧（令和6年）",
        "国の行政機関等に対する本人確認情報の提供状況（令和6年度）",
        "【令和6年12月31日時点】",
        "【令和7年8月31日時点】",
        "R6.1.1時点住基人口(b)",
        "R7.1.1時点住基人口(b)",
        "各種届出の状況について（令和6年）",
        "【平成15年8月25日～令和6年12月31日】",
        "【令和6年1月1日～令和6年12月31日】",
    ],
)
def test_every_statement_of_the_narrative_is_printed(demo: Demo, sentence: str) -> None:
    """Numbers and dates of the text stand in their sentences, as they were published (white space aside)."""
    assert sentence in re.sub(r"\s", "", text_of(read_document(demo.handout)))


def test_the_rounding_note_stands_under_a_table_exactly_where_it_is_true(demo: Demo) -> None:
    """Both neighbour tables have differences that aren't those of the printed rates; no other table has such columns."""
    text = text_of(read_document(demo.handout))
    assert text.count("表示した率の差と増減が一致しない場合がある") == 2


def test_every_number_of_the_narrative_is_a_content_control(demo: Demo) -> None:
    """The figures of the text can be found by tag, which is what makes them checkable."""
    tags = {
        tag.get(f"{W}val"): text_of(control)
        for control in read_document(demo.handout).iter(f"{W}sdt")
        if (tag := control.find(f"{W}sdtPr/{W}tag")) is not None
    }
    expected = {
        "prefecture_cases": "39,627",
        "national_cases": "1,437,750,584",
        "applications": "772,405",
        "reference_applications": "838,955",
        "convenience_store_municipalities": "22",
        "kiosk_own_municipality": "430,413",
        "target_year": "令和6年",
        "base_date": "令和6年12月31日",
    }
    assert expected == {tag: tags[tag] for tag in expected}
