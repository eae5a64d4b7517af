"""公表: a handout is either published as it is, or every reason why it can't be is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from jukixl.check.master import check_master
from jukixl.era import Digits
from jukixl.findings import Finding, Severity
from jukixl.handout.control_lint import find_lost_controls, has_tags, lint_controls, read_controls
from jukixl.handout.manifest import Manifest, write_manifest
from jukixl.handout.mismatches import Verification
from jukixl.handout.package import CORE_PROPERTIES, Document, open_package
from jukixl.handout.prose import read_prose, remember
from jukixl.handout.residue import Obstacle, iter_residue
from jukixl.handout.scrub import scrub
from jukixl.handout.sources import SourceList
from jukixl.handout.spots import remember_spots
from jukixl.handout.states import State
from jukixl.handout.titles import remember_titles
from jukixl.handout.verify import verify_document
from jukixl.workbook.master import Master
from jukixl.workbook.package import Package

_KINDS = {
    State.STALE: "古い値",
    State.EDITED: "手による書換え",
    State.CONFLICT: "競合",
    State.MISSING: "目印の欠落",
    State.EXTRA: "元にない値",
    State.STRUCTURE: "表・参照の形",
}
_TOLD_AS_CHANGES = "handout.tracked"
_CREATED = re.compile(rb"<dcterms:created[^>]*>([0-9-]{10})T")
_UNDATED = "2000-01-01"


class Release(Struct, frozen=True):
    """What became of it: `document`, None where there are `obstacles`; what the record says besides.

    `findings`: those of the master's check, waived warnings among them; `verification`: what was read back.
    """

    obstacles: tuple[Obstacle, ...]
    document: bytes | None
    findings: tuple[Finding, ...]
    verification: Verification

    @property
    def waived(self) -> tuple[Finding, ...]:
        """Warnings that a clerk has looked into."""
        return tuple(one for one in self.findings if one.message.startswith("確認済み"))


def release_handout(master: Master, docx: bytes, name: str) -> Release:
    """Examine a handout and take its metadata out. InputError where the bytes aren't a Word document."""
    package = Package.from_bytes(docx, name)
    findings = check_master(master).findings
    read, sources = open_package(docx, name), SourceList(master)
    is_readable = has_tags(read)  # else that is told once, not for every value
    verification = verify_document(master.report, master.results, read, name, sources)
    obstacles = tuple(
        dict.fromkeys(
            (
                *(_of_values(verification) if is_readable else ()),
                *_of_document(docx, package, name),
                *_of_master(findings, master.package.name),
            )
        )
    )
    document = None if obstacles else _publish(package, master.results.digits)
    return Release(obstacles, document, findings, verification)


def _publish(package: Package, digits: Digits) -> bytes:
    """The document without its metadata. Of the manifest only the numbers of the text around the controls, how numbers are
    set, and what stands in which sentence, as it is now, go with it: by them a verification knows later what somebody changed."""
    document = Document(scrub(package))
    prose = read_prose(document.iter_stories())
    write_manifest(
        document,
        Manifest(
            prose=remember(prose), spots=remember_spots(prose), titles=remember_titles(prose), digits=digits
        ),
    )
    return document.to_bytes()


def document_day(docx: bytes) -> datetime:
    """The date in a released document's properties: the handout's own."""
    document = open_package(docx)
    part = document.find_part(CORE_PROPERTIES)
    found = _CREATED.search(document.content(part)) if part else None
    return datetime.fromisoformat(found[1].decode() if found else _UNDATED)


def _of_values(verification: Verification) -> Iterator[Obstacle]:
    for mismatch in verification.mismatches:
        yield Obstacle(_KINDS[mismatch.state], "", mismatch.message)
    if verification.origin.is_stale:
        message = f"{verification.origin}「資料の更新」をしてから、もう一度実行してください。"
        yield Obstacle("古い資料", "", message)


def _of_document(docx: bytes, package: Package, name: str) -> Iterator[Obstacle]:
    document = open_package(docx, name)
    if lost := find_lost_controls(document):
        yield Obstacle("他のソフト", "", lost.message)
    for finding in () if lost else lint_controls(read_controls(document)):
        if finding.severity is Severity.ERROR and finding.code != _TOLD_AS_CHANGES:
            yield Obstacle("目印の誤り", "", finding.message)
    yield from iter_residue(document, package)


def _of_master(findings: tuple[Finding, ...], name: str) -> Iterator[Obstacle]:
    for finding in findings:
        if finding.severity is Severity.ERROR:
            place = "!".join(filter(None, (finding.sheet, finding.cell)))
            yield Obstacle("検算の誤り", f"{name} {place}".strip(), finding.message)
