"""Ready mails (.eml): opened in Outlook or another mail program they only need to be sent."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from pathlib import Path

from msgspec import Struct

_OFFICE = "vnd.openxmlformats-officedocument"
_TYPES = {".xlsx": f"{_OFFICE}.spreadsheetml.sheet", ".docx": f"{_OFFICE}.wordprocessingml.document"}


class Mail(Struct, frozen=True, kw_only=True):
    """A mail to one address, with files."""

    to: str
    sender: str
    subject: str
    text: str
    files: tuple[Path, ...]


def render_mail(mail: Mail) -> bytes:
    """The .eml, in UTF-8; its bytes depend on the mail and its files alone.

    `X-Unsent` makes Outlook open it as a draft. A line break in an address can't become a header: it is taken out.
    """
    message = EmailMessage(policy=policy.SMTP)
    message["X-Unsent"] = "1"
    message["To"] = _one_line(mail.to)
    if mail.sender:
        message["From"] = _one_line(mail.sender)
    message["Subject"] = _one_line(mail.subject)
    message.set_content(mail.text, charset="utf-8", cte="base64")
    for file in mail.files:
        subtype = _TYPES[file.suffix.lower()]
        message.add_attachment(file.read_bytes(), "application", subtype, filename=file.name)
    message.set_boundary("=_jukixl_part")  # any fixed one that no base64 text can contain
    return message.as_bytes()


def _one_line(text: str) -> str:
    return " ".join(text.split())
