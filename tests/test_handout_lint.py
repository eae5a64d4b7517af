"""Lint: what jukixl refuses to write into, with one sentence that tells a clerk what to do."""

from __future__ import annotations

import copy

import pytest
from lxml import etree
from test_handout_build import W, control, rewrite, rows_of

from jukixl.era import Digits
from jukixl.findings import Finding, Severity
from jukixl.handout.lint import lint_template, lint_widths
from jukixl.handout.package import open_package
from jukixl.handout.template import create_template
from jukixl.report.model import Report


@pytest.fixture(scope="module")
def lint(report: Report):
    """The findings about the template after a change by hand."""
    template = create_template(report)

    def linted(change, part: str = "word/document.xml") -> list[Finding]:
        return lint_template(report, rewrite(template, change, part))

    return linted


def codes(findings: list[Finding]) -> list[tuple[str, str | None]]:
    return [(finding.code.removeprefix("handout."), finding.cell) for finding in findings]


def set_property(root: etree._Element, tag: str, name: str, value: str) -> None:
    control(root, tag).find(f"{W}sdtPr/{W}{name}").set(f"{W}val", value)


def content(root: etree._Element, tag: str) -> etree._Element:
    return control(root, tag).find(f"{W}sdtContent")


def test_a_control_for_an_undeclared_figure_is_unknown_and_the_declared_one_missing(lint):
    findings = lint(lambda root: set_property(root, "applications", "tag", "aplications"))
    assert codes(findings) == [("unknown", "aplications"), ("missing", "applications")]
    assert [finding.severity for finding in findings] == [Severity.ERROR, Severity.ERROR]


def test_a_figure_that_is_missing_in_one_of_its_places_is_found(lint):
    """{fiscal_year} stands in two sentences and two titles."""

    def remove(root):
        sdt = control(root, "fiscal_year")
        sdt.getparent().remove(sdt)

    (finding,) = lint(remove)
    assert "4か所のうち3か所" in finding.message


def test_two_controls_with_one_id_are_found(lint):
    """Neither Word's schema nor openxml-audit sees this."""

    def same(root):
        id_ = control(root, "council").find(f"{W}sdtPr/{W}id").get(f"{W}val")
        set_property(root, "office", "id", id_)

    assert codes(lint(same)) == [("duplicate_id", "office")]


@pytest.mark.parametrize("value", ["0", "5a", "4294967296", "--5"])
def test_an_id_that_word_would_not_take_is_found(lint, value):
    assert codes(lint(lambda root: set_property(root, "office", "id", value))) == [("id", "office")]


def test_a_name_longer_than_word_keeps_is_found(lint):
    findings = lint(lambda root: set_property(root, "office", "alias", "課" * 65))
    assert codes(findings) == [("long", "office")]
    assert "65字" in findings[0].message


def test_a_paragraph_inside_an_inline_control_is_found(lint):
    findings = lint(lambda root: etree.SubElement(content(root, "office"), f"{W}p"))
    assert codes(findings) == [("level", "office")]


def test_a_control_around_a_row_is_found(lint):
    def wrap(root):
        row = rows_of(root, "annex1")[0]
        sdt = copy.deepcopy(control(root, "office"))
        sdt.find(f"{W}sdtPr/{W}id").set(f"{W}val", "99")
        row.addprevious(sdt)
        sdt.find(f"{W}sdtContent").clear()
        sdt.find(f"{W}sdtContent").append(row)

    assert "level" in [code for code, _ in codes(lint(wrap))]


def test_a_control_inside_a_plain_text_control_is_found(lint):
    def nest(root):
        inner = copy.deepcopy(control(root, "council"))
        inner.find(f"{W}sdtPr/{W}id").set(f"{W}val", "98")
        content(root, "office").append(inner)

    assert codes(lint(nest)) == [("nested", "office")]


def test_a_control_with_two_kinds_is_malformed(lint):
    findings = lint(lambda root: etree.SubElement(control(root, "office").find(f"{W}sdtPr"), f"{W}date"))
    assert codes(findings) == [("malformed", "office")]


def test_a_control_without_content_is_malformed(lint):
    findings = lint(lambda root: control(root, "office").remove(content(root, "office")))
    assert codes(findings) == [("malformed", "office")]


def test_tracked_changes_in_a_control_are_found_and_elsewhere_are_not(lint):
    def track(parent):
        etree.SubElement(parent, f"{W}ins").append(etree.Element(f"{W}r"))

    assert codes(lint(lambda root: track(content(root, "office")))) == [("tracked", "office")]
    assert lint(lambda root: track(control(root, "office").getparent())) == []


def test_a_removed_column_is_found_in_words(lint):
    def cut(root):
        for row in control(root, "table.annex3").iter(f"{W}tr"):
            row.remove(row.findall(f"{W}tc")[-1])

    findings = lint(cut)
    assert codes(findings) == [("header", "table.annex3")]
    assert "3列のはずですが2列です" in findings[0].message


def test_a_cell_merged_in_a_row_is_found(lint):
    def merge(root):
        row = rows_of(root, "annex3")[0]
        row.remove(row.findall(f"{W}tc")[-1])

    assert codes(lint(merge)) == [("columns", "table.annex3")]


def test_a_missing_total_row_is_found(lint):
    def remove(root):
        *_, total = rows_of(root, "annex3")
        total.getparent().remove(total)

    assert ("columns", "table.annex3") in codes(lint(remove))


def test_line_breaks_and_spaces_in_a_header_may_be_changed(lint):
    def space(root):
        next(
            one for one in control(root, "table.annex3").iter(f"{W}t") if one.text == "提供先"
        ).text = "提　供　先"

    assert lint(space) == []


def test_a_removed_table_is_an_error(lint):
    def remove(root):
        sdt = control(root, "table.annex1")
        sdt.getparent().remove(sdt)

    findings = [finding for finding in lint(remove) if finding.severity is Severity.ERROR]
    assert codes(findings) == [("missing", "table.annex1")]


def test_a_file_saved_by_libreoffice_is_one_finding_whatever_else_is_wrong(lint):
    def brand(root):
        root[0].text = "LibreOffice/7.4.7.2$Linux"

    assert codes(lint(brand, "docProps/app.xml")) == [("libreoffice", None)]


@pytest.mark.parametrize("digits", Digits)
def test_a_template_with_numbers_of_another_width_is_told_of_once(report, digits):
    """The first number of print's text is that of 第1; 全角 and 1桁は全角 write it alike, and 12月, which comes next, not."""
    for made in Digits:
        document = open_package(create_template(report, made))
        told = [str(one.message) for one in lint_widths(report, document, digits)]
        assert len(told) == (made is not digits)
        assert all(digits.label in message for message in told)
        shown = ("第1", "第１") if Digits.HALF in (made, digits) else ("12月", "１２月")
        assert all(any(words in message for words in shown) for message in told)
