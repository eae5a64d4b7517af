"""Sheet 記入要領 of a survey form: what to do, what to type, and an example."""

from __future__ import annotations

from jukixl.report.computation import Results
from jukixl.report.model import Kind, Orientation
from jukixl.workbook import styles
from jukixl.workbook.form_checks import BAD, GOOD, HINT, NOT_READY, READY
from jukixl.workbook.layout import Address, Layout
from jukixl.workbook.sheets import BookWriter, CellContent, protect, set_paper, set_widths

GUIDE_SHEET = "記入要領"
_WIDTHS = (26.0, 18.0, 16.0, 10.0, 38.0, 30.0)
_STEPS = (
    "「入力」シートの黄色のセルに入力します。ほかのセルは保護されていて、変えられません（パスワードはありません）。",
    "数値は半角の数字で入力します。カンマや単位（件、人、枚）は不要です。数式や「約」は使わないでください。",
    "該当がないときは 0、その項目そのものが当てはまらないときは －、分からないときは … を入力します。",
    "「確認」の列に理由が出たら、その行を直します。前年からの増減が大きいときは「増減の理由」に理由を記入します。",
    f"上の帯が緑の「{READY}」になれば完成です。赤の「{NOT_READY}」のあいだは、まだ直すところがあります。",
    "ファイル名を変えずに上書き保存し、このブックのまま返送してください。PDF や別のブックへの転記は受け取れません。",
    "個人番号、住民票コード、氏名など、住民の方の個人情報はどのセルにも記入しないでください。",
)
_EXAMPLE_HEADINGS = ("項目", "今回の値", "前年の値", "増減", "確認", "増減の理由")
# The values are those published for 甲府市 (申請件数, 令和6年12月31日 and 令和7年8月31日), and what goes wrong most often.
_EXAMPLES: tuple[tuple[CellContent, ...], ...] = (
    ("195581", "179,641", "8.9%", GOOD, ""),
    ("（空欄）", "179,641", "", f"{BAD}未入力です", ""),
    ("約195,000件", "179,641", "", f"{BAD}数値ではありません", ""),
    ("1955811", "179,641", "988.7%", f"{BAD}前年から大きく増減しています", ""),
    ("120000", "179,641", "△33.2%", GOOD, "前年の値に誤りがあったため（理由の例）"),
)
_MARKS = (
    (GOOD, "そのままで結構です。"),
    (BAD, "直すか、理由を記入してください。"),
    (HINT, "もう一度確かめてください。そのままでも提出できます。"),
)


def write_guide(writer: BookWriter, results: Results) -> None:
    """Add the sheet to a new form; the example is called like the form's first count."""
    sheet = writer.add_sheet(GUIDE_SHEET)
    _put(writer, 1, 1, f"{results.report.title}　{GUIDE_SHEET}", styles.TITLE)
    for number, step in enumerate(_STEPS, 1):
        _put(writer, 2 + number, 1, f"{number}　{step}", styles.NOTE)
    row = 4 + len(_STEPS)
    _put(writer, row, 1, "記入例", styles.TITLE)
    _write_example(writer, results, row + 1)
    row += 3 + len(_EXAMPLES)
    _put(writer, row, 1, "「確認」の記号", styles.TITLE)
    for offset, (mark, meaning) in enumerate(_MARKS, 1):
        _put(writer, row + offset, 1, f"{mark}　{meaning}", styles.NOTE)
    set_widths(sheet, dict(enumerate(_WIDTHS, 1)))
    set_paper(sheet, Orientation.LANDSCAPE, (row + len(_MARKS), len(_WIDTHS)), (1, 1))
    sheet.freeze_panes = "A2"
    protect(sheet)


def _write_example(writer: BookWriter, results: Results, row: int) -> None:
    counts = [item for item in Layout(results.report).survey_items if item.column.kind is Kind.COUNT]
    label = results.render(counts[0].label) if counts else "項目"
    for column, heading in enumerate(_EXAMPLE_HEADINGS, 1):
        _put(writer, row, column, heading, styles.HEADER)
    for offset, example in enumerate(_EXAMPLES, 1):
        for column, content in enumerate((label, *example), 1):
            style = styles.EXAMPLE if column in (2, len(_EXAMPLE_HEADINGS)) else styles.ROW_TEXT
            _put(writer, row + offset, column, content, style)


def _put(writer: BookWriter, row: int, column: int, content: CellContent, style: str) -> None:
    writer.write(Address(GUIDE_SHEET, row, column), content, style)
