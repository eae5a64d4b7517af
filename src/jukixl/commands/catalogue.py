"""The whole catalogue of checks (docs/checks.md): those of the master, of what comes in, and of the handout."""

from __future__ import annotations

from jukixl.check.catalogue import check_sections, render_catalogue
from jukixl.handout import lint_codes
from jukixl.survey import (
    collect,
    duplicates,
    form_cells,
    form_identity,
    form_reading,
    importing,
    intake,
    previous,
    screening,
)

_COLLECTION = (screening, intake, collect, form_identity, form_cells, form_reading, duplicates)


def create_catalogue() -> str:
    """The page as Markdown; the same code gives the same page."""
    return render_catalogue(
        {
            **check_sections(),
            "調査票の取込": tuple(one for module in _COLLECTION for one in module.CODES),
            "別紙と前年の取込": (*importing.CODES, *previous.CODES),
            "審議会資料とひな形": lint_codes.CODES,
        }
    )
