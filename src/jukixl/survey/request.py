"""The request that goes out with the survey forms (依頼文), and a ready mail to each municipality with its form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from jukixl.survey.letter import Letter, LetterTemplate
from jukixl.survey.letter_kinds import TABLES
from jukixl.survey.letterhead import Letterhead, letter_fields, read_letterhead, read_mail_addresses
from jukixl.survey.mail import Mail, render_mail
from jukixl.workbook.layout import Layout
from jukixl.workbook.master import Master
from jukixl.workbook.package import require_new, write_atomic

_SUFFIX = "_依頼"
_LETTER = "依頼文.docx"


def request_folder(forms: Path) -> Path:
    """Where letter and mails of a folder of forms are: beside it, so that it holds nothing but forms."""
    return forms.with_name(forms.name + _SUFFIX)


def write_request(
    master: Master, template: LetterTemplate, forms: Mapping[str, Path], folder: Path, day: date
) -> Iterator[Path]:
    """Write letter and mails into `folder`, yielding each path. `forms` are the files by municipality.

    A mail is written where an address is typed on 提出状況. InputError where a file is already there.
    """
    head, addresses = read_letterhead(master), read_mail_addresses(master)
    letter = folder / _LETTER
    names = Layout(master.report).municipality_sheets
    mails = {code: folder / f"{code}_{names[code]}.eml" for code in forms if code in addresses}
    for path in (letter, *mails.values()):
        require_new(path)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(letter, template.render(_request(master, head, day)))
    yield letter
    for code, path in mails.items():
        mail = Mail(
            to=addresses[code],
            sender=head.mail,
            subject=_title(master),
            text=_mail_text(names[code], head),
            files=(forms[code], letter),
        )
        write_atomic(path, render_mail(mail))
        yield path


def _title(master: Master) -> str:
    return f"{master.report.title}に係る調査について（依頼）"


def _request(master: Master, head: Letterhead, day: date) -> Letter:
    return Letter(
        title=_title(master),
        day=day,
        fields=letter_fields(master, head, day),
        cases=head.cases,
        lists={TABLES: tuple(_contents(master))},
    )


def _contents(master: Master) -> Iterator[str]:
    for table in master.report.survey_tables:
        caption = f"　{master.results.render(table.caption)}" if table.caption else ""
        yield f"・{table.title}{caption}"


def _mail_text(name: str, head: Letterhead) -> str:
    lines = (
        f"{name}　御担当者様",
        "",
        "添付のとおり調査を依頼します。調査票に入力し、上の帯が緑の「提出できます」になったら、",
        "ファイル名を変えずに保存して返送してくださるようお願いします。",
        "",
        f"提出期限　{head.deadline_text}",
        "",
        *head.contact,
    )
    return "\n".join(lines) + "\n"
