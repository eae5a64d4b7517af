"""The template that comes with jukixl for a report, or a fresh starter for any other report."""

from __future__ import annotations

from pathlib import Path

from jukixl.report.model import Report

_INSTALLED = Path(__file__).parent.parent / "word_templates"
_SOURCE_TREE = Path(__file__).parents[3] / "word_templates"


def read_template(report: Report) -> bytes:
    """The .docx to build from where the user chose none."""
    for folder in (_INSTALLED, _SOURCE_TREE):
        path = folder / f"{report.id}.docx"
        if path.is_file():
            return path.read_bytes()
    from jukixl.handout.template import create_template

    return create_template(report)
