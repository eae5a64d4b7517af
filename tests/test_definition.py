"""A definition is either usable as a whole or refused with every mistake named: file, key, what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import LIBRARY, body_rows

from jukixl.errors import DefinitionError
from jukixl.report import validation
from jukixl.report.loading import load_report, report_from_sources
from jukixl.report.model import Kind, Report, TableKind
from jukixl.report.sources import bundled_folder, read_sources
from jukixl.report.text import Text
from jukixl.report.validation import validate_report
from jukixl.workbook import layout

Edit = tuple[str, str, str]
"""File, text to replace, replacement."""


CHOICE = '[[settings]]\nid = "width"\nlabel = "数字の書き方"\nkind = "digits"\n'


def broken(folder: Path, *edits: Edit) -> DefinitionError:
    """The error that the definition in `folder` gives after these edits."""
    sources = read_sources(folder)
    for file, old, new in edits:
        assert old in sources[file], f"{old!r} is not in {file}"
        sources[file] = sources[file].replace(old, new, 1)
    with pytest.raises(DefinitionError) as caught:
        report_from_sources(sources)
    return caught.value


def expect(error: DefinitionError, file: str, key: str, *fragments: str) -> None:
    """One of the problems is at this file and key and says all of `fragments`."""
    at_key = [problem for problem in error.problems if (problem.place.file, problem.place.key) == (file, key)]
    assert at_key, f"no problem at {file} [{key}]; there are:\n{error}"
    text = "\n".join(problem.message for problem in at_key)
    assert not [fragment for fragment in fragments if fragment not in text], text


def test_the_bundled_report_declares_the_published_annexes(report: Report) -> None:
    assert report.municipalities is not None
    assert len(report.municipalities) == len(body_rows("annex5_cards_2024-12-31.csv")) == 27
    assert report.tables_by_id["annex3"].rows is not None
    assert len(report.tables_by_id["annex3"].rows) == 65
    assert [column.title.source for column in report.tables_by_id["annex1"].columns[1:13]] == [
        f"{month}月" for month in range(1, 13)
    ]
    assert report.settings_by_id["base_date"].kind is Kind.DATE


def test_the_bundled_report_has_no_mistake(report: Report) -> None:
    """Nothing else says so: a definition that is the bundled one isn't validated when it is read."""
    assert list(validate_report(report)) == []


def test_another_folder_is_another_report(library: Report) -> None:
    assert [(table.id, table.kind) for table in library.tables] == [
        ("lending", TableKind.MUNICIPALITY),
        ("holdings", TableKind.REFERENCE),
    ]


def test_a_table_like_another_has_its_columns_with_its_own_bindings(report: Report) -> None:
    column = report.tables_by_id["annex5_reference"].by_id["population"]
    assert column.value is not None
    assert column.value.source == "population_reference.population"
    assert column.title.source.startswith("{reference_population_date:short}")


def test_the_sheets_reserved_by_the_declaration_are_those_of_every_master() -> None:
    assert set(validation.RESERVED_SHEETS) == {
        layout.SETTINGS_SHEET,
        layout.STATUS_SHEET,
        layout.FIGURES_SHEET,
        layout.CHECKS_SHEET,
        layout.PREVIOUS_SHEET,
        layout.REASONS_SHEET,
        layout.DEFINITION_SHEET,
    }


MAIN = "report.toml"
CITIES = "rows/cities.csv"
RATE = 'kind = "rate", value = "active / cards", total = "ratio"'
CARDS = 'kind = "count", unit = "人", fill = "municipality", total = "sum", prompt = "利用者カードの登録者数"'
ORDER = '{ kind = "order", columns = ["active", "cards"] }'
WHEN = 'when = "lending.active.total > 0"'
LENDING, HOLDINGS = "tables.lending", "tables.holdings"
ACTIVE_RATE = "tables.lending.columns.active_rate"

MISTAKES: dict[str, tuple[Edit, str, str, tuple[str, ...]]] = {
    # What TOML itself says
    "TOML that cannot be read": ((MAIN, 'id = "library"', "id = library"), MAIN, "", ("TOML",)),
    # Shape: keys, types, allowed values
    "an unknown section": ((MAIN, "[[figures]]", "[[figure]]"), MAIN, "figure", ("figures", "document")),
    "a section that is no list": ((MAIN, "[[figures]]", "[figures]"), MAIN, "figures", ("[[figures]]",)),
    "a width of digits that is not there": ((MAIN, 'id = "library"', 'id = "library"\ndigits = "wide"'), MAIN, "digits", ("wide", "half、one_full、full")),
    "a default of the setting that chooses the width": ((MAIN, '[[row_masters]]\nid = "cities"', CHOICE + 'default = "全角"\n\n[[row_masters]]\nid = "cities"'), MAIN, "settings.width.default", ("report.toml の digits",)),
    "two settings that choose the width": ((MAIN, '[[row_masters]]\nid = "cities"', CHOICE + CHOICE.replace("width", "other") + '\n[[row_masters]]\nid = "cities"'), MAIN, "settings.other.kind", ("一つだけ", "「width」")),
    "a column that is a width of digits": ((MAIN, 'id = "books", title = "蔵書", kind = "count"', 'id = "books", title = "蔵書", kind = "digits"'), MAIN, f"{HOLDINGS}.columns.books.kind", ("[[settings]] でだけ",)),
    "a report without id": ((MAIN, 'id = "library"', ""), MAIN, "id", ("文字列",)),
    "an unknown key of a setting": ((MAIN, 'label = "審議会名"', 'lable = "審議会名"'), MAIN, "settings.council.lable", ("label", "「label」ではありませんか")),
    "a missing key": ((MAIN, 'label = "審議会名"\n', ""), MAIN, "settings.council", ("「label」が必要",)),
    "an unknown key of a table": ((MAIN, 'kind = "municipality"\n', 'kind = "municipality"\nliek = "x"\n'), MAIN, f"{LENDING}.liek", ("like", "bind", "columns")),
    "an unknown key of a column": ((MAIN, "width = 1.5", "widht = 1.5"), MAIN, f"{LENDING}.columns.city.widht", ("width", "repeat")),
    "an unknown key of a note": ((MAIN, WHEN, 'if = "1 > 0"'), MAIN, f"{LENDING}.notes.1.if", ("text", "when")),
    "a text where a number belongs": ((MAIN, "width = 1.5", 'width = "1.5"'), MAIN, f"{LENDING}.columns.city.width", ("数でなければ", "1.5")),
    "a number where a text belongs": ((MAIN, 'title = "市名"', "title = 5"), MAIN, f"{LENDING}.columns.city.title", ("文字列", "5")),
    "true where a whole number belongs": ((MAIN, "digits = 5", "digits = true"), MAIN, f"{LENDING}.columns.code.digits", ("整数",)),
    "a text where a list belongs": ((MAIN, f"[{ORDER}]", '"order"'), MAIN, f"{LENDING}.rules", ("並び",)),
    "columns that are no list": ((MAIN, 'tables = ["lending"]', 'tables = "lending"'), MAIN, "document.4.tables", ("並び",)),
    "an unknown column kind": ((MAIN, 'title = "利用率", kind = "rate"', 'title = "利用率", kind = "percent"'), MAIN, f"{ACTIVE_RATE}.kind", ("percent", "count", "rate", "points")),
    "an unknown table kind": ((MAIN, 'kind = "municipality"', 'kind = "municipal"'), MAIN, f"{LENDING}.kind", ("reference", "「municipality」ではありませんか")),
    "an unknown fill": ((MAIN, 'fill = "prefecture"', 'fill = "pref"'), MAIN, f"{HOLDINGS}.columns.books.fill", ("rows", "municipality", "prefecture")),
    "an unknown total": ((MAIN, 'total = "ratio"', 'total = "mean"'), MAIN, f"{ACTIVE_RATE}.total", ("sum", "ratio", "none")),
    "an unknown block kind": ((MAIN, 'kind = "heading"', 'kind = "headline"'), MAIN, "document.2.kind", ("cover", "heading", "paragraph", "annex")),
    "a block without kind": ((MAIN, 'kind = "heading"\n', ""), MAIN, "document.2.kind", ("無指定", "heading")),
    "an unknown rule kind": ((MAIN, 'kind = "order"', 'kind = "ordered"'), MAIN, f"{LENDING}.rules.1.kind", ("order", "over_limit", "equal", "cumulative", "difference")),
    "an unknown severity": ((MAIN, ORDER, ORDER.replace(" }", ', severity = "fatal" }')), MAIN, f"{LENDING}.rules.1.severity", ("error", "warning", "info")),
    # Rows
    "a row master whose file is missing": ((MAIN, "rows/cities.csv", "rows/citys.csv"), MAIN, "row_masters.cities.file", ("rows/citys.csv", "rows/cities.csv")),
    "an unknown key of a row master": ((MAIN, 'id_column = "code"', 'key = "code"'), MAIN, "row_masters.cities.key", ("id_column",)),
    "an id column that the file does not have": ((MAIN, 'id_column = "code"', 'id_column = "kode"'), MAIN, "row_masters.cities.id_column", ("kode", "code", "city")),
    "a row longer than the headings": ((CITIES, "長野市", "長野市,余分"), CITIES, "row_masters.cities", ("2 番目", "3 個")),
    "a heading twice": ((CITIES, "code,city", "code,code"), CITIES, "row_masters.cities", ("同じ見出し",)),
    "a row master without rows": ((CITIES, "202011,長野市\n202029,松本市\n202037,上田市\n", ""), CITIES, "row_masters.cities", ("一つ以上の行",)),
    "a code with a wrong check digit": ((CITIES, "202011", "202012"), MAIN, "row_masters.cities", ("202012", "202011")),
    "a code without check digit": ((CITIES, "202011", "20201"), MAIN, "row_masters.cities", ("20201", "6桁")),
    "a row twice": ((CITIES, "202029,松本市", "202011,松本市"), MAIN, "row_masters.cities.202011", ("2 回",)),
    "two municipalities of one name": ((CITIES, "松本市", "長野市"), MAIN, "row_masters.cities.長野市", ("2 回",)),
    "a municipality without a name": ((CITIES, "松本市", ""), MAIN, "row_masters.cities", ("シート名",)),
    "a row id that a cell name cannot hold": (("rows/libraries.csv", "main,", "Main Library,"), MAIN, "row_masters.libraries", ("Main Library", "英小文字")),
    "a row called total": (("rows/libraries.csv", "main,", "total,"), MAIN, "row_masters.libraries", ("total",)),
    "unknown rows": ((MAIN, 'rows = "cities"', 'rows = "towns"'), MAIN, f"{LENDING}.rows", ("towns", "cities", "libraries")),
    "rows that are no text": ((MAIN, 'rows = "cities"', 'rows = ["cities"]'), MAIN, f"{LENDING}.rows", ("cities", "libraries")),
    "a table without rows": ((MAIN, 'rows = "cities"\n', ""), MAIN, f"{LENDING}.rows", ("必要",)),
    "a diary with a row master": ((MAIN, 'kind = "reference"', 'kind = "log"'), MAIN, f"{HOLDINGS}.rows", ("spare",)),
    "an open table of fixed row texts": ((MAIN, 'kind = "reference"', 'kind = "list"'), MAIN, f"{HOLDINGS}.columns.library.fill", ("prefecture",)),
    "spare rows of a fixed table": ((MAIN, 'kind = "reference"', 'kind = "reference"\nspare = 3'), MAIN, f"{HOLDINGS}.spare", ("list", "log")),
    # Tables that take over another, repeated columns
    "like a table that is not there": ((MAIN, 'kind = "reference"', 'kind = "reference"\nlike = "lendings"'), MAIN, f"{HOLDINGS}.like", ("lendings", "lending")),
    "like something that is no text": ((MAIN, 'kind = "reference"', 'kind = "reference"\nlike = ["lending"]'), MAIN, f"{HOLDINGS}.like", ("lending",)),
    "a word without binding": ((MAIN, "【{survey_date}時点】", "【{<day>}時点】"), MAIN, f"{LENDING}.bind", ("<day>",)),
    "a binding that is no text": ((MAIN, 'kind = "reference"', 'kind = "reference"\nbind = { day = 5 }'), MAIN, f"{HOLDINGS}.bind", ("文字列",)),
    "bindings that are no table": ((MAIN, 'kind = "reference"', 'kind = "reference"\nbind = "day"'), MAIN, f"{HOLDINGS}.bind", ("文字列",)),
    "a column repeated by a text": ((MAIN, "digits = 5", 'repeat = "12"'), MAIN, f"{LENDING}.columns.code.repeat", ("1 から 99",)),
    "a column repeated no times": ((MAIN, "digits = 5", "repeat = 0"), MAIN, f"{LENDING}.columns.code.repeat", ("1 から 99",)),
    # Ids and names
    "an id in capitals": ((MAIN, 'id = "holdings"', 'id = "Holdings"'), MAIN, "tables.Holdings", ("英小文字",)),
    "a setting whose id is no name": ((MAIN, 'id = "council"', 'id = "{council}"'), MAIN, "settings.{council}", ("英小文字",)),
    "a setting whose id an expression cannot name": ((MAIN, 'id = "council"', 'id = "class"'), MAIN, "settings.class", ("予約語",)),
    "two tables of one id": ((MAIN, 'id = "holdings"', 'id = "lending"'), MAIN, "tables.lending", ("2 回",)),
    "two columns of one id": ((MAIN, 'id = "active", ', 'id = "cards", '), MAIN, f"{LENDING}.columns.cards", ("2 回",)),
    "a default that is no date": ((MAIN, 'id = "survey_date"', 'id = "survey_date"\ndefault = "2024-13-01"'), MAIN, "settings.survey_date.default", ("2024-13-01",)),
    "two settings of one id": ((MAIN, 'id = "survey_date"', 'id = "council"'), MAIN, "settings.council", ("2 回",)),
    "a figure with the id of a setting": ((MAIN, 'id = "active_users"', 'id = "council"'), MAIN, "figures.council", ("2 回",)),
    "a table called like a kind of cell name": ((MAIN, 'id = "holdings"', 'id = "figure"'), MAIN, "tables.figure", ("使えません", "status")),
    "a column called table": ((MAIN, 'id = "books"', 'id = "table"'), MAIN, f"{HOLDINGS}.columns.table", ("使えません",)),
    "a sheet name that is too long": ((MAIN, 'sheet = "別紙2"', f'sheet = "{"長" * 32}"'), MAIN, f"{HOLDINGS}.sheet", ("31字",)),
    "a sheet name with a slash": ((MAIN, 'sheet = "別紙2"', 'sheet = "別紙1/2"'), MAIN, f"{HOLDINGS}.sheet", ("/",)),
    "two tables on one sheet": ((MAIN, 'sheet = "別紙2"', 'sheet = "別紙1"'), MAIN, f"{HOLDINGS}.sheet", ("別紙1",)),
    "a sheet that every master has": ((MAIN, 'sheet = "別紙2"', 'sheet = "設定"'), MAIN, f"{HOLDINGS}.sheet", ("設定",)),
    "a sheet called like a municipality": ((MAIN, 'sheet = "別紙2"', 'sheet = "松本市"'), MAIN, f"{HOLDINGS}.sheet", ("市町村名",)),
    # Columns and totals
    "a column that is both typed and computed": ((MAIN, 'value = "lent / books"', 'fill = "prefecture", value = "lent / books"'), MAIN, f"{HOLDINGS}.columns.lent_rate", ("fill", "value", "一方")),
    "a column that nobody fills": ((MAIN, 'value = "lent / books", total = "ratio"', 'required = true'), MAIN, f"{HOLDINGS}.columns.lent_rate", ("fill", "value")),
    "a row text that the row master does not have": ((MAIN, 'id = "city", ', 'id = "town", '), MAIN, f"{LENDING}.columns.town.fill", ("town", "code", "city")),
    "municipalities fill a table that has none": ((MAIN, 'unit = "冊", fill = "prefecture"', 'unit = "冊", fill = "municipality"'), MAIN, f"{HOLDINGS}.columns.books.fill", ('kind = "municipality"',)),
    "the sum of a rate": ((MAIN, RATE, RATE.replace("ratio", "sum")), MAIN, f"{ACTIVE_RATE}.total", ("count", "rate")),
    "the ratio of a count": ((MAIN, CARDS, CARDS.replace('"sum"', '"ratio"')), MAIN, f"{LENDING}.columns.cards.total", ("率",)),
    "a ratio of columns without totals": ((MAIN, CARDS, CARDS.replace(', total = "sum"', "")), MAIN, f"{ACTIVE_RATE}.total", ("cards", "合計がない")),
    "totals without a total row": ((MAIN, 'total_label = "計"\ncolumns = [\n    { id = "code"', 'columns = [\n    { id = "code"'), MAIN, f"{LENDING}.total_label", ("必要",)),
    "a width of nothing": ((MAIN, "width = 1.5", "width = 0"), MAIN, f"{LENDING}.columns.city.width", ("正の数",)),
    # Expressions
    "an expression that cannot be parsed": ((MAIN, "active / cards", "active / / cards"), MAIN, f"{ACTIVE_RATE}.value", ("active / / cards", "読めません")),
    "an expression that is Python": ((MAIN, "active / cards", "active.__class__()"), MAIN, f"{ACTIVE_RATE}.value", ("使えません",)),
    "an unknown function": ((MAIN, "active / cards", "average(cards)"), MAIN, f"{ACTIVE_RATE}.value", ("average", "sum", "count")),
    "too many arguments": ((MAIN, "active / cards", "sum(cards, active)"), MAIN, f"{ACTIVE_RATE}.value", ("1 個",)),
    "an unknown column": ((MAIN, "active / cards", "active / card"), MAIN, f"{ACTIVE_RATE}.value", ("「card」", "cards", "survey_date")),
    "an unknown table": ((MAIN, 'value = "lending.active.total"', 'value = "loans.active.total"'), MAIN, "figures.active_users.value", ("「loans」", "lending", "holdings")),
    "an unknown column of a table": ((MAIN, 'value = "lending.active.total"', 'value = "lending.users.total"'), MAIN, "figures.active_users.value", ("「users」", "cards")),
    "an unknown row": ((MAIN, 'value = "lending.active.total"', "value = 'lending.active[\"192015\"]'"), MAIN, "figures.active_users.value", ("192015", "202011")),
    "a total that a column does not have": ((MAIN, 'value = "lending.active.total"', 'value = "lending.city.total"'), MAIN, "figures.active_users.value", ("合計がありません",)),
    "a figure without row": ((MAIN, 'value = "lending.active.total"', 'value = "lending.active"'), MAIN, "figures.active_users.value", ("行が決まりません",)),
    "a row of a table with other rows": ((MAIN, "lent / books", "lent / lending.cards"), MAIN, f"{HOLDINGS}.columns.lent_rate.value", ("行が決まりません",)),
    "a rate computed from a rate": ((MAIN, "lent / books", "lent / lending.active_rate.total"), MAIN, f"{HOLDINGS}.columns.lent_rate.value", ("二重の四捨五入",)),
    "a figure computed from a rate": ((MAIN, 'value = "lending.active.total"', 'value = "lending.active_rate.total * 2"'), MAIN, "figures.active_users.value", ("二重の四捨五入",)),
    "calculating with a date": ((MAIN, "lent / books", "lent / survey_date"), MAIN, f"{HOLDINGS}.columns.lent_rate.value", ("survey_date", "date")),
    "calculating with a text": ((MAIN, "active / cards", "active / city"), MAIN, f"{ACTIVE_RATE}.value", ("city", "text")),
    "a quotient that is no rate": ((MAIN, RATE, RATE.replace('"rate"', '"count"')), MAIN, f"{ACTIVE_RATE}.value", ("rate", "points")),
    "a figure of another kind than its cell": ((MAIN, 'kind = "count"\nunit = "人"\nvalue', 'kind = "rate"\nvalue'), MAIN, "figures.active_users.value", ("count",)),
    "a comparison as a value": ((MAIN, "active / cards", "active > cards"), MAIN, f"{ACTIVE_RATE}.value", ("比較",)),
    "counting without a condition": ((MAIN, 'value = "lending.active.total"', 'value = "count(lending.active)"'), MAIN, "figures.active_users.value", ("count(表.列 > 0)",)),
    "summing a number": ((MAIN, 'value = "lending.active.total"', 'value = "sum(3)"'), MAIN, "figures.active_users.value", ("列",)),
    "summing rates": ((MAIN, 'value = "lending.active.total"', 'value = "sum(lending.active_rate)"'), MAIN, "figures.active_users.value", ("active_rate", "count")),
    "a function inside arithmetic": ((MAIN, "active / cards", "active / sum(cards)"), MAIN, f"{ACTIVE_RATE}.value", ("式の全体",)),
    "a column that needs itself": ((MAIN, CARDS, 'kind = "count", value = "active + cards", total = "sum"'), MAIN, f"{LENDING}.columns.cards.value", ("循環", "lending.cards → lending.cards")),
    "a note's function in a column": ((MAIN, "active / cards", "blank(cards)"), MAIN, f"{ACTIVE_RATE}.value", ("blank", "注記")),
    "a note whose condition has no row": ((MAIN, WHEN, 'when = "active > 0"'), MAIN, f"{LENDING}.notes.1.when", ("行が決まらない",)),
    "a note whose condition compares nothing": ((MAIN, WHEN, 'when = "sum(active)"'), MAIN, f"{LENDING}.notes.1.when", ("比較",)),
    # Texts
    "an unknown figure": ((MAIN, "{active_users}人", "{users}人"), MAIN, "document.3.text", ("「users」", "active_users")),
    "a form that a number does not have": ((MAIN, "{active_users}人", "{active_users:short}人"), MAIN, "document.3.text", (":short", "なし")),
    "a form that no date has": ((MAIN, "{survey_date}現在", "{survey_date:iso}現在"), MAIN, "document.3.text", (":iso", "long", "short", "month", "year")),
    "a form that a month does not have": ((MAIN, 'date = "{meeting_month}"', 'date = "{meeting_month:long}"'), MAIN, "document.1.date", (":long", "month", "year")),
    "a placeholder with a misspelt brace": ((MAIN, "{survey_date}現在", "{Survey date}現在"), MAIN, "document.3.text", ("{ }",)),
    "a caption with an unknown figure": ((MAIN, "【{survey_date}時点】", "【{day}時点】"), MAIN, f"{LENDING}.caption", ("「day」", "survey_date")),
    "a title with an unknown figure": ((MAIN, 'title = "利用率"', 'title = "{day}利用率"'), MAIN, f"{ACTIVE_RATE}.title", ("「day」",)),
    "a note with an unknown figure": ((MAIN, "利用者数は実人数", "{day}の実人数"), MAIN, f"{LENDING}.notes.1.text", ("「day」",)),
    # Document
    "an unknown paragraph style": ((MAIN, 'annex = "別紙1"', 'annex = "別紙1"\nstyle = "boddy"'), MAIN, "document.3.style", ("boddy", "body", "figure", "item")),
    "a heading level that is not there": ((MAIN, "level = 1", "level = 4"), MAIN, "document.2.level", ("1 から 3",)),
    "a link to an annex that is not there": ((MAIN, 'annex = "別紙1"', 'annex = "別紙9"'), MAIN, "document.3.annex", ("別紙9", "別紙1、別紙2")),
    "a choice of one sentence": ((MAIN, 'annex = "別紙1"', 'annex = "別紙1"\nchoice = "news"'), MAIN, "document.3.choice", ("「news」", "一つしか")),
    "a choice without an otherwise": ((MAIN, 'annex = "別紙1"', 'choice = "news"\nwhen = "holdings.books.total == 0"\n\n[[document]]\nkind = "paragraph"\ntext = "増"\nchoice = "news"\nwhen = "holdings.books.total > 0"'), MAIN, "document.3.choice", ("最後の段落には when を書かない",)),
    "a choice with two otherwises": ((MAIN, 'annex = "別紙1"', 'choice = "news"\n\n[[document]]\nkind = "paragraph"\ntext = "増"\nchoice = "news"'), MAIN, "document.3.choice", ("when（条件）が必要",)),
    "a choice in two places": ((MAIN, 'annex = "別紙1"', 'choice = "news"\nwhen = "holdings.books.total > 0"\n\n[[document]]\nkind = "heading"\nlevel = 2\ntext = "間"\n\n[[document]]\nkind = "paragraph"\ntext = "増"\nchoice = "news"'), MAIN, "document.3.choice", ("続けて書いて",)),
    "a condition without a choice": ((MAIN, 'annex = "別紙1"', 'when = "holdings.books.total > 0"'), MAIN, "document.3.when", ("choice と組",)),
    "a condition that is no comparison": ((MAIN, 'annex = "別紙1"', 'choice = "news"\nwhen = "holdings.books.total"\n\n[[document]]\nkind = "paragraph"\ntext = "増"\nchoice = "news"'), MAIN, "document.3.when", ("条件は比較",)),
    "a condition over what is not there": ((MAIN, 'annex = "別紙1"', 'choice = "news"\nwhen = "fires == 0"\n\n[[document]]\nkind = "paragraph"\ntext = "増"\nchoice = "news"'), MAIN, "document.3.when", ("「fires」はありません",)),
    "a choice that is no id": ((MAIN, 'annex = "別紙1"', 'choice = "News"\nwhen = "holdings.books.total > 0"\n\n[[document]]\nkind = "paragraph"\ntext = "増"\nchoice = "News"'), MAIN, "document.3.choice", ("識別子ではありません",)),
    "an annex with an unknown table": ((MAIN, 'tables = ["holdings"]', 'tables = ["holding"]'), MAIN, "document.5.tables", ("「holding」", "holdings")),
    # Rules
    "a rule over an unknown column": ((MAIN, '["active", "cards"]', '["active", "card"]'), MAIN, f"{LENDING}.rules.1.columns", ("「card」", "cards")),
    "an order of one column": ((MAIN, '["active", "cards"]', '["active"]'), MAIN, f"{LENDING}.rules.1.columns", ("二つ以上",)),
    "an order of rates": ((MAIN, '["active", "cards"]', '["active", "active_rate"]'), MAIN, f"{LENDING}.rules.1.columns", ("active_rate", "count")),
    "a limit of a count": ((MAIN, ORDER, '{ kind = "over_limit", columns = ["cards"] }'), MAIN, f"{LENDING}.rules.1.columns", ("cards", "rate")),
    "a rule without its columns": ((MAIN, ORDER, '{ kind = "over_limit" }'), MAIN, f"{LENDING}.rules.1", ("columns",)),
    "cumulative of a table that is not there": ((MAIN, ORDER, '{ kind = "cumulative", previous = "before", annual = "lending", columns = ["cards"] }'), MAIN, f"{LENDING}.rules.1.previous", ("before", "holdings")),
    "cumulative of a table with other rows": ((MAIN, ORDER, '{ kind = "cumulative", previous = "holdings", annual = "lending", columns = ["cards"] }'), MAIN, f"{LENDING}.rules.1.previous", ("同じではありません",)),
    "a start that is no day": ((MAIN, ORDER, '{ kind = "since", columns = ["cards"], start = "2024-13-01", as_of = "survey_date" }'), MAIN, f"{LENDING}.rules.1.start", ("2024-13-01",)),
    "a start seen from a text": ((MAIN, ORDER, '{ kind = "since", columns = ["cards"], start = "2024-05-27", as_of = "council" }'), MAIN, f"{LENDING}.rules.1.as_of", ("council", "survey_date")),
    "an outlier of a rate without a total": ((MAIN, ORDER, '{ kind = "outlier", columns = ["cards"], points = 20 }'), MAIN, f"{LENDING}.rules.1.columns", ("cards", "rate")),
    "a copy of a table that is not there": ((MAIN, ORDER, '{ kind = "distinct", columns = ["cards"], other = "before" }'), MAIN, f"{LENDING}.rules.1.other", ("before", "holdings")),
    "a difference of an unknown column": ((MAIN, ORDER, '{ kind = "difference", change = "growth", minuend = "active_rate", subtrahend = "active_rate" }'), MAIN, f"{LENDING}.rules.1.change", ("growth",)),
    "an equality of an unknown cell": ((MAIN, ORDER, '{ kind = "equal", left = "lending.cards.total", right = "holdings.cards.total", message = "同じはず" }'), MAIN, f"{LENDING}.rules.1.right", ("「cards」", "books")),
    "an equality whose left side is no cell of the table": ((MAIN, ORDER, '{ kind = "equal", left = "holdings.books.total", right = "lending.cards.total", message = "同じはず" }'), MAIN, f"{LENDING}.rules.1.left", ("この表の一つのセル",)),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_reported_at_its_file_and_key_with_what_is_allowed(mistake: str) -> None:
    edit, file, key, fragments = MISTAKES[mistake]
    expect(broken(LIBRARY, edit), file, key or None, *fragments)  # type: ignore[arg-type]


def test_several_mistakes_of_shape_are_reported_together() -> None:
    error = broken(
        LIBRARY,
        (MAIN, 'label = "審議会名"\n', ""),
        (MAIN, "width = 1.5", 'width = "1.5"'),
        (MAIN, "active / cards", "active //"),
        (MAIN, 'kind = "order"', 'kind = "sorted"'),
        (MAIN, 'rows = "libraries"', 'rows = "houses"'),
    )
    keys = [problem.place.key for problem in error.problems]
    assert keys == [
        "settings.council",
        "tables.lending.columns.city.width",
        "tables.lending.columns.active_rate.value",
        "tables.lending.rules.1.kind",
        "tables.holdings.rows",
    ]


def test_several_mistakes_of_reference_are_reported_together() -> None:
    error = broken(
        LIBRARY,
        (MAIN, "active / cards", "active / card"),
        (MAIN, '"active", "cards"]', '"active", "card"]'),
        (MAIN, "{active_users}人", "{users}人"),
    )
    assert {problem.place.key for problem in error.problems} == {
        "tables.lending.columns.active_rate.value",
        "tables.lending.rules.1.columns",
        "document.3.text",
    }


@pytest.mark.parametrize(
    ("edit", "file", "key"),
    [
        (("annex5.toml", "sent / applications", "sent / application"), "annex5.toml", "tables.annex5.columns.sent_rate.value"),
        (("annex6.toml", 'previous = "annex6_previous"', 'previous = "annex6_last"'), "annex6.toml", "tables.annex6_cumulative.rules.1.previous"),
        (("annex3.toml", 'value = "annex3.cases.total"', 'value = "annex3.case.total"'), "annex3.toml", "figures.national_cases.value"),
        (("document.toml", "{fiscal_year}　　{national_cases}件", "{fiscal_year}　　{cases}件"), "document.toml", "document.17.text"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_in_the_file_of_the_definition_where_it_stands(
    edit: Edit, file: str, key: str
) -> None:
    expect(broken(bundled_folder(), edit), file, key)


def test_a_folder_without_report_toml_is_no_definition(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"report\.toml"):
        load_report(tmp_path)


def test_a_definition_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "report.toml").write_bytes('id = "図書館"'.encode("cp932"))
    with pytest.raises(DefinitionError, match=r"report\.toml: 文字コードが UTF-8 ではありません"):
        load_report(tmp_path)


def test_a_definition_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    for name, text in read_sources(LIBRARY).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8-sig")
    assert load_report(tmp_path).id == "library"


def test_texts_without_report_toml_are_no_definition() -> None:
    with pytest.raises(DefinitionError, match=r"report\.toml"):
        report_from_sources({"annex1.toml": ""})


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("{base_date:short}時点\n住基人口\n(b)", "住基人口(b)"),
        ("カード\n発送件数", "カード発送件数"),
        ("{base_date}時点", "時点"),
    ],
)
def test_the_words_of_a_title_are_whole_without_its_figures(title: str, words: str) -> None:
    """`時点住基人口` would be no word; a date that stands alone has nothing else to be called by."""
    assert words == Text(title).plain
