"""The request that goes out with the survey forms (依頼文), and a ready mail to each municipality with its form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from jukixl.survey.letter import Letter, render_letter
from jukixl.survey.letterhead import Letterhead, read_letterhead, read_mail_addresses
from jukixl.survey.mail import Mail, render_mail
from jukixl.workbook.layout import Layout
from jukixl.workbook.master import Master
from jukixl.workbook.package import require_new, write_atomic

_SUFFIX = "_依頼"
_LETTER = "依頼文.docx"


def request_folder(forms: Path) -> Path:
    """Where letter and mails of a folder of forms are: beside it, so that it holds nothing but forms."""
    return forms.with_name(forms.name + _SUFFIX)


def write_request(master: Master, forms: dict[str, Path], folder: Path, day: date) -> Iterator[Path]:
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
    write_atomic(letter, render_letter(_request(master, head, day)))
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
    place = f"「{head.mail}」へ返送" if head.mail else "返送"
    return Letter(
        day=day,
        addressee="各市町村　担当課長　様",
        head=head,
        title=_title(master),
        body=(
            "日頃から本県の行政の推進に御協力いただき、ありがとうございます。",
            "このことについて、下記のとおり調査しますので、御多忙のところ恐れ入りますが、期限までに回答くださるようお願いします。",
        ),
        items=(
            ("提出期限", (head.deadline_text,)),
            ("調査の内容", tuple(_contents(master))),
            ("回答の方法", tuple(_how(place))),
            ("留意事項", _NOTES),
        ),
    )


def _contents(master: Master) -> Iterator[str]:
    for table in master.report.survey_tables:
        caption = f"　{master.results.render(table.caption)}" if table.caption else ""
        yield f"・{table.title}{caption}"


def _how(place: str) -> Iterator[str]:
    yield "・添付の調査票（Excel）の「記入要領」を御覧のうえ、「入力」シートの黄色のセルに入力してください。"
    yield f"・上の帯が緑の「提出できます」になったら、ファイル名を変えずに保存し、{place}してください。"


_NOTES = (
    "・該当がないときは 0 を入力してください。空欄は未入力として扱います。",
    "・前年から大きく増減した項目には、増減の理由を記入してください。",
    "・個人番号、住民票コードなど、住民の個人情報は記入しないでください。",
)


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
