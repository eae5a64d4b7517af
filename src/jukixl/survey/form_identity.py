"""Whose form a returned file is, and whether it is one of this report and year."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from jukixl.errors import InputError
from jukixl.findings import Described, Finding, Severity
from jukixl.survey.grid import fold
from jukixl.workbook.form_card import FORM_VERSION, FormCard, form_edition, layout_fingerprint, read_card
from jukixl.workbook.layout import Layout
from jukixl.workbook.master import Master
from jukixl.workbook.snapshot import Snapshot

_CODE = re.compile("(?<![0-9])[0-9]{6}(?![0-9])")
_TITLE = r"調査票.*[（(]([0-9]{6})[）)]"


CODES = (
    Described(
        "code_mismatch",
        (Severity.ERROR,),
        "ファイル名、団体コード、市町村名が互いに合わない",
        "取り違えを確かめ、正しい調査票を送り直してもらう。",
    ),
    Described("other_report", (Severity.ERROR,), "別の報告の調査票", "この報告の調査票で返送してもらう。"),
    Described(
        "other_version", (Severity.ERROR,), "別の版の調査票", "今の版の調査票を送り、入力し直してもらう。"
    ),
    Described("other_year", (Severity.ERROR,), "別の年の調査票", "今年の調査票で返送してもらう。"),
    Described(
        "unknown_municipality",
        (Severity.ERROR,),
        "この報告にない市町村の調査票",
        "配布した調査票かどうか確かめる。",
    ),
)


class FormIdentity:
    """What the forms of one report and year say of themselves."""

    def __init__(self, master: Master) -> None:
        self.report = master.report
        self.edition = form_edition(master.results)
        self.fingerprint = layout_fingerprint(master.results)
        self.names = Layout(master.report).municipality_sheets
        self.titles = {fold(table.title) for table in master.report.survey_tables}
        captions = (table.caption for table in master.report.survey_tables if table.caption)
        self.captions = {fold(master.results.render(caption)) for caption in captions}

    def identify(self, snapshot: Snapshot) -> tuple[FormCard, list[Finding]]:
        """What a form says of itself on its hidden sheet or, without that, in its headings.

        InputError where it is no form of jukixl's; the findings say what is wrong with it.
        """
        if any(name.startswith("setting.") for name in snapshot.names):
            raise InputError(
                "調査票ではなく、マスターのブックです。別のフォルダーに移し、返送された調査票だけを残してください。"
            )
        try:
            card = read_card(snapshot)
        except InputError:
            card = self._card_by_labels(snapshot)
            message = f"調査票の非表示のシートが失われているため、見出しから {card.name} の調査票と判断しました。確かめてください。"
            return card, [Finding("found_by_label", Severity.WARNING, message)]
        return card, list(self._check_card(card))

    def is_ours(self, card: FormCard) -> bool:
        """Whether the form has the inputs of this report, to go by its fingerprint; forms without one say nothing."""
        return card.fingerprint in ("", self.fingerprint)

    def check_file_name(self, card: FormCard, name: str) -> Iterator[Finding]:
        """An error where a file's name speaks of another municipality than the form in it."""
        text = unicodedata.normalize("NFKC", name)
        own = self.names.get(card.municipality, card.name)
        codes = [code for code in _CODE.findall(text) if code in self.names]
        others = [other for other in self.names.values() if other in text]
        said = codes or ([] if own in text else others)
        if said and card.municipality not in said:
            found = "、".join(self.names.get(one, one) for one in said)
            message = (
                f"ファイル名は {found} ですが、中身は {own}（{card.municipality}）の調査票です。"
                "取り違えがないか確かめ、正しいファイル名に直すか、送り直してもらってください。"
            )
            yield Finding("code_mismatch", Severity.ERROR, message, expected=found, actual=own)

    def code_in_file_name(self, name: str) -> str | None:
        """The one municipality that a file's name names by its code or, without any, by its name."""
        text = unicodedata.normalize("NFKC", name)
        codes = {code for code in _CODE.findall(text) if code in self.names}
        found = codes or {code for code, own in self.names.items() if own in text}
        return found.pop() if len(found) == 1 else None

    def _check_card(self, card: FormCard) -> Iterator[Finding]:
        if card.report != self.report.id:
            message = (
                f"別の報告（{card.report}）の調査票です。この報告は {self.report.id} です。"
                "この報告の調査票で返送してもらってください。"
            )
            yield Finding(
                "other_report", Severity.ERROR, message, expected=self.report.id, actual=card.report
            )
        elif card.version != FORM_VERSION:
            message = (
                f"調査票の版が {card.version} です。版 {FORM_VERSION} の調査票で返送してもらってください。"
            )
            yield Finding("other_version", Severity.ERROR, message)
        elif card.edition != self.edition:
            message = (
                f"別の年の調査票です。調査票: {card.edition}　マスター: {self.edition}　"
                "今年の調査票で返送してもらってください。"
            )
            yield Finding("other_year", Severity.ERROR, message, expected=self.edition, actual=card.edition)
        elif card.municipality not in self.names:
            message = (
                f"団体コード {card.municipality}（{card.name}）は、この報告の市町村にありません。"
                "配布した調査票かどうか、確かめてください。"
            )
            yield Finding("unknown_municipality", Severity.ERROR, message, actual=card.municipality)
        elif card.name != self.names[card.municipality]:
            message = (
                f"団体コード {card.municipality} は {self.names[card.municipality]} ですが、"
                f"調査票の市町村名は {card.name} です。配布した調査票に入力し直してもらってください。"
            )
            yield Finding("code_mismatch", Severity.ERROR, message, actual=card.name)

    def _card_by_labels(self, snapshot: Snapshot) -> FormCard:
        """The card of a form whose hidden sheet was lost, from its visible texts. InputError where they don't suffice."""
        texts = [
            cell.value
            for sheet in snapshot.sheets.values()
            if sheet.state == "visible"
            for cell in sheet.cells.values()
            if isinstance(cell.value, str)
        ]
        folded = {fold(text) for text in texts}
        missing = sorted((self.titles | self.captions) - folded)
        codes = {match[1] for text in texts if (match := re.match(_TITLE, text))} & set(self.names)
        if self.titles & folded and not missing and len(codes) == 1:
            code = codes.pop()
            return FormCard(self.report.id, code, self.names[code], self.edition)
        if not self.titles & folded:
            read_card(snapshot)  # says that it is no form
        lost = f"見出し「{missing[0]}」" if missing else "表題の団体コード"
        raise InputError(
            f"調査票の非表示のシートが失われ、{lost}も見つからないため、どの調査票か決められません。"
            "配布した調査票に入力し直してもらってください。"
        )
