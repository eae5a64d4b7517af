"""The Word templates that come with jukixl."""

from __future__ import annotations

from pathlib import Path

from jukixl.era import Digits
from jukixl.report.model import Report
from jukixl.report.sources import is_bundled

_INSTALLED = Path(__file__).parent.parent / "word_templates"
_SOURCE_TREE = Path(__file__).parents[3] / "word_templates"
_PREFIX, _SUFFIX = "ひな形_", ".docx"


def template_name(document: str) -> str:
    """What a template is called beside the master, by the kind of document made from it.

    >>> template_name("審議会資料")
    'ひな形_審議会資料.docx'
    """
    return f"{_PREFIX}{document}{_SUFFIX}"


def document_of_template(file: str) -> str:
    """The reverse of `template_name`: the kind of document; empty for a file of another name."""
    is_named_so = file.startswith(_PREFIX) and file.endswith(_SUFFIX)
    return file.removeprefix(_PREFIX).removesuffix(_SUFFIX) if is_named_so else ""


def find_shipped(name: str) -> bytes | None:
    """A shipped .docx; None where there is none of that name."""
    paths = (folder / name for folder in (_INSTALLED, _SOURCE_TREE))
    return next((path.read_bytes() for path in paths if path.is_file()), None)


def shipped_template(report: Report, digits: Digits | None = None) -> bytes | None:
    """The template that comes with jukixl, if it is this report's, with numbers set so; `digits` as for `read_template`.

    A master carries its own definition, which may be another year's than the shipped template's.
    """
    is_fitting = digits in (None, report.digits) and is_bundled(report.id, report.sources)
    return find_shipped(f"{report.id}.docx") if is_fitting else None


def read_template(report: Report, digits: Digits | None = None) -> bytes:
    """The .docx that a handout is built from where the user chose none: the shipped one, else a fresh starter.

    A master says how numbers are set (`digits`; None: as the report says).
    """
    shipped = shipped_template(report, digits)
    if shipped is not None:
        return shipped
    from jukixl.handout.template import create_template

    return create_template(report, digits)
