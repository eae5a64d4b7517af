"""What every letter to municipalities says of its sender, its day and the deadline: typed on 提出状況."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from jukixl.era import date_from_serial, format_date
from jukixl.errors import InputError
from jukixl.report.model import Cover
from jukixl.workbook import names
from jukixl.workbook.cells import EMPTY, CellValue
from jukixl.workbook.form_card import year_text
from jukixl.workbook.layout import LETTER_ITEMS, MAIL_ITEM
from jukixl.workbook.master import Master

_SECTION = "課"
_BLANK_DAY = "令和　年　月　日"


class Letterhead(Struct, frozen=True, kw_only=True):
    """Sender and deadline of letters. Empty texts and None: not typed; the letter leaves room to write it in."""

    office: str
    sender: str
    phone: str
    mail: str
    deadline: date | None

    @property
    def deadline_text(self) -> str:
        """令和7年10月31日（金）, or room for it."""
        if self.deadline is None:
            return _BLANK_DAY
        from babel.dates import format_date as format_by_cldr

        return f"{format_date(self.deadline)}（{format_by_cldr(self.deadline, 'E', 'ja_JP')}）"

    def text_until(self, day: date) -> str:
        """The deadline for what is asked for on `day`; room for another one where it is over."""
        return _BLANK_DAY if self.deadline is not None and self.deadline < day else self.deadline_text

    @property
    def cases(self) -> frozenset[str]:
        """The cases of letters that what was typed decides."""
        typed = {"when.phone": self.phone, "when.mail": self.mail}
        return frozenset(case for case, text in typed.items() if text)

    @property
    def contact(self) -> tuple[str, ...]:
        """Whom to ask, line by line."""
        phone = f"電話　{self.phone}" if self.phone else ""
        mail = f"メール　{self.mail}" if self.mail else ""
        return tuple(line for line in (f"担当　{self.office}", phone, mail) if line)


def read_letterhead(master: Master) -> Letterhead:
    """What staff typed; the office is the handout's. InputError where the deadline is no date."""
    texts = {item: str(_typed(master, item) or "").strip() for item in LETTER_ITEMS}
    covers = (block for block in master.report.document if isinstance(block, Cover))
    office = next((master.results.render(cover.office) for cover in covers), "")
    head = f"{office}長" if office.endswith(_SECTION) else office
    return Letterhead(
        office=office,
        sender=texts["sender"] or head,
        phone=texts["phone"],
        mail=texts["mail"],
        deadline=_deadline(_typed(master, "deadline"), date1904=master.snapshot.date1904),
    )


def letter_fields(master: Master, head: Letterhead, day: date) -> dict[str, str]:
    """The texts of the fields that every letter has, by tag; the year is empty where the report declares none."""
    return {
        "report": master.report.title,
        "day": format_date(day),
        "deadline": head.deadline_text,
        "sender": head.sender,
        "office": head.office,
        "phone": head.phone,
        "mail": head.mail,
        "year": year_text(master.results),
    }


def read_mail_addresses(master: Master) -> dict[str, str]:
    """The addresses to which forms are sent, by municipality; those that were typed."""
    found = {}
    for code in master.report.municipalities.ids if master.report.municipalities else ():
        address = _value(master, names.status_name(code, MAIL_ITEM))
        if isinstance(address, str) and address.strip():
            found[code] = address.strip()
    return found


def notice_of(head: Letterhead) -> str:
    """What a form says above its inputs: until when and where to it is sent. Empty where neither is typed."""
    deadline = f"提出期限: {head.deadline_text}" if head.deadline else ""
    place = f"返送先: {head.mail}" if head.mail else ""
    phone = f"問合せ: {head.office} {head.phone}" if head.phone else ""
    return "　".join(part for part in (deadline, place, phone) if part)


def _typed(master: Master, item: str) -> CellValue:
    return _value(master, names.letter_name(item))


def _value(master: Master, name: str) -> CellValue:
    """A cell that masters made by earlier versions don't have."""
    area = master.snapshot.names.get(name)
    if area is None or area.sheet not in master.snapshot.sheets:
        return None
    return master.snapshot.sheets[area.sheet].cells.get(area.first, EMPTY).value


def _deadline(raw: CellValue, *, date1904: bool) -> date | None:
    if raw is None or raw == "":
        return None
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return date_from_serial(raw, date1904=date1904)
    label = LETTER_ITEMS["deadline"][0]
    raise InputError(f"「提出状況」シートの{label}が日付ではありません。2025/7/31 のように入力してください。")
