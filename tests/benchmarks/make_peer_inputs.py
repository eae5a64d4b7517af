"""What a colleague's script comes with: where the master's cells are, a Word template of the same document for docxtpl.

All get the same master. `plain_master.xlsx` is that master with the formulas that a colleague would type, without the
guards for missing values and without its 3,600 names: an easier job, measured beside.

The template is jukixl's starter with `{{ … }}` and row loops in the place of its content controls, so that the peers
write the same sentences and tables in the same looks. They needn't merge cells, part long tables or count pages.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from jukixl.handout.names import note_of_tag, table_of_tag
from jukixl.handout.template import create_template
from jukixl.report.expression import TOTAL_ROW
from jukixl.report.model import Report, Table
from jukixl.survey.collect import survey_columns
from jukixl.workbook.layout import STATUS_ITEMS, Layout
from jukixl.workbook.master import read_master
from jukixl.workbook.names import form_name, survey_name
from jukixl.workbook.snapshot import Snapshot, read_snapshot

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def write_peer_inputs(master: Path, form: Path, folder: Path) -> None:
    """Write plain_master.xlsx, cells.json and template.docx into `folder`."""
    _write_plain_master(master, folder / "plain_master.xlsx")
    read = read_master(master)
    cells = _cells(read.report, read.snapshot, read_snapshot(form))
    (folder / "cells.json").write_text(json.dumps(cells, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / "template.docx").write_bytes(_template(read.report))


_PLAIN = (
    (re.compile(r'=IF\((.+)="","",\1\)'), r"=\1"),
    (re.compile(r'=IF\(COUNT\(([^,]+),([^)]+)\)=2,IF\(\2=0,"－",ROUND\(\1/\2,3\)\),.*'), r"=ROUND(\1/\2,3)"),
    (re.compile(r'=IF\(COUNT\(([^)]+)\)=0,"",SUM\(\1\)\)'), r"=SUM(\1)"),
)


def _write_plain_master(master: Path, path: Path) -> None:
    workbook = load_workbook(master)
    workbook.defined_names.clear()
    for cell in (cell for sheet in workbook for row in sheet.iter_rows() for cell in row):
        for guarded, plain in _PLAIN if cell.data_type == "f" else ():
            cell.value = guarded.sub(plain, cell.value)
    workbook.save(path)


def _cells(report: Report, master: Snapshot, form: Snapshot) -> dict[str, object]:
    layout = Layout(report)
    survey = [
        {"table": table.id, "column": column.id, "form": form.locate(form_name(table.id, column.id))}
        for table, column in survey_columns(report)
    ]
    for item in survey:
        names = {
            code: survey_name(str(item["table"]), str(item["column"]), code)
            for code in layout.municipalities.ids
        }
        item["master"] = {code: master.locate(name) for code, name in names.items()}
    return {
        "survey": survey,
        "status": {
            code: {item: layout.status(code, item).a1 for item in STATUS_ITEMS}
            for code in layout.municipalities.ids
        },
        "tables": {table.id: _table_cells(layout, table) for table in report.tables},
        "texts": {
            _variable(part.tag): [layout.figure_text(part).sheet, layout.figure_text(part).a1]
            for part in report.printed_figures
        },
    }


def _table_cells(layout: Layout, table: Table) -> dict[str, object]:
    plan = layout.tables[table.id]
    first = table.columns[0].id
    letters = {
        column.id: get_column_letter(plan.cell(column.id, table.row_ids[0]).column)
        for column in table.columns
    }
    rows = {row[:5] if row.isdigit() else row: plan.cell(first, row).row for row in table.row_ids}
    total = plan.cell(first, TOTAL_ROW).row if table.has_total() else None
    kinds = {column.id: column.kind.value for column in table.columns}
    return {"sheet": plan.sheet, "columns": letters, "kinds": kinds, "rows": rows, "total": total}


def _variable(tag: str) -> str:
    return re.sub(r"\W", "_", tag)


def _template(report: Report) -> bytes:
    source, made = zipfile.ZipFile(BytesIO(create_template(report))), BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, _with_variables(data, report) if name == "word/document.xml" else data)
    return made.getvalue()


def _with_variables(data: bytes, report: Report) -> bytes:
    document = etree.fromstring(data)
    for control in list(document.iter(f"{W}sdt")):
        tag, content = control.find(f"{W}sdtPr/{W}tag"), control.find(f"{W}sdtContent")
        name = tag.get(f"{W}val")
        table, note = table_of_tag(name), note_of_tag(name)
        if table:
            _loop_rows(content.find(f"{W}tbl"), report.tables_by_id[table])
        elif note:
            content.insert(0, _paragraph(f"{{%p if {note[0]}.note %}}"))
            content.append(_paragraph("{%p endif %}"))
        elif control.getparent().tag == f"{W}p":
            _write(content, f"{{{{ {_variable(name)} }}}}")
        for child in list(content):
            control.addprevious(child)
        control.getparent().remove(control)
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8", standalone=True)


def _loop_rows(table: etree._Element, declared: Table) -> None:
    rows = table.findall(f"{W}tr")
    total = rows.pop() if declared.has_total() else None
    row, columns = rows[-1], declared.printed_columns
    for cell, column in zip(row.iter(f"{W}tc"), columns, strict=True):
        _write(cell, f"{{{{ r.{column.id} }}}}")
    row.addprevious(_row(f"{{%tr for r in {declared.id}.rows %}}"))
    row.addnext(_row("{%tr endfor %}"))
    if total is not None:
        cells = list(total.iter(f"{W}tc"))[1:]
        for cell, column in zip(cells, columns[len(columns) - len(cells) :], strict=True):
            _write(cell, f"{{{{ {declared.id}.total.{column.id} }}}}")


def _write(element: etree._Element, text: str) -> None:
    nodes = list(element.iter(f"{W}t"))
    for node in nodes:
        node.text = ""
    nodes[0].text = text


def _paragraph(text: str) -> etree._Element:
    return next(_elements(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"))


def _row(text: str) -> etree._Element:
    return next(_elements(f"<w:tr><w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc></w:tr>"))


def _elements(xml: str) -> Iterator[etree._Element]:
    yield from etree.fromstring(f'<w:x xmlns:w="{W[1:-1]}">{xml}</w:x>')


if __name__ == "__main__":
    raise SystemExit("run.py calls this")
