"""What the codes of `jukixl.handout.lint` mean and what to do, for the catalogue of checks."""

from __future__ import annotations

from jukixl.findings import Described, Severity

CODES = (
    Described(
        "handout.libreoffice",
        (Severity.ERROR,),
        "LibreOffice で保存され、目印が失われている",
        "Word で保存した版か、ひな形から作り直す。",
    ),
    Described(
        "handout.lost",
        (Severity.ERROR,),
        "目印が一つもない（Word 以外のソフトやサービスで保存した）",
        "それより前に Word で保存した版か、ひな形から作り直す。",
    ),
    Described(
        "handout.published",
        (Severity.ERROR,),
        "公表用の文書である（表示しない文が除かれている）",
        "公表する前の資料を使う。",
    ),
    Described("handout.id", (Severity.ERROR,), "目印の識別番号が正しくない", "目印を入れ直す。"),
    Described("handout.long", (Severity.ERROR,), "目印のタグ又はタイトルが長すぎる", "短くする。"),
    Described("handout.malformed", (Severity.ERROR,), "目印が壊れている", "ひな形から入れ直す。"),
    Described(
        "handout.level",
        (Severity.ERROR,),
        "目印が表の行やセル、段落をまたいでいる。表がヘッダーや脚注にある",
        "数字だけ、又は表全体を囲む。表は本文に置く。",
    ),
    Described("handout.nested", (Severity.ERROR,), "目印の中に別の目印がある", "外へ出す。"),
    Described(
        "handout.tracked",
        (Severity.ERROR,),
        "目印に変更履歴が残っている",
        "Word の「校閲」で承諾するか、元に戻す。",
    ),
    Described(
        "handout.duplicate_id", (Severity.ERROR,), "識別番号が他の目印と同じ", "Word で一度開いて保存する。"
    ),
    Described(
        "handout.untagged", (Severity.WARNING,), "目印にタグがない（更新されない）", "不要なら目印を外す。"
    ),
    Described(
        "handout.bound",
        (Severity.ERROR,),
        "目印が文書のプロパティに結び付いている（Word が書き換える）",
        "部品集の目印に替える。",
    ),
    Described(
        "handout.unknown",
        (Severity.ERROR,),
        "報告の定義にない数値、表の目印",
        "示された近い名前を確かめ、タグを直すか、目印を削除する。",
    ),
    Described(
        "handout.missing",
        (
            Severity.ERROR,
            Severity.WARNING,
        ),
        "必要な数値又は表の目印がない。何か所かのうち一部と、場合により替わる文、表の注、目次は要確認",
        "部品集から貼り付ける。省略してよい部分は、定義で optional とする。",
    ),
    Described(
        "handout.width",
        (Severity.WARNING,),
        "文章の数字の全角・半角が、設定の「数字の書き方」と違う",
        "文章か設定のどちらかを直す。",
    ),
    Described(
        "handout.table", (Severity.ERROR,), "表の目印の中に表がないか、ほかの物がある", "表だけを囲む。"
    ),
    Described(
        "handout.header",
        (Severity.ERROR,),
        "表の見出しが定義と違う",
        "列を元に戻すか、定義を直してひな形を作り直す。",
    ),
    Described(
        "handout.columns",
        (Severity.ERROR,),
        "表の列数が定義と違うか、行がない",
        "セルの結合や、列、行の増減を元に戻す。",
    ),
    Described("handout.total", (Severity.ERROR,), "表の最後の行が合計の行ではない", "ひな形から入れ直す。"),
)
