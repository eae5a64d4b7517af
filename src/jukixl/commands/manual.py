"""手引: the manual for staff, made from the registry, so that it never lists what isn't there."""

from __future__ import annotations

from html import escape

from jukixl import __version__
from jukixl.commands.outputs import optional_output_of
from jukixl.commands.registry import COMMANDS, Arguments, Command, Group, Outcome, Progress
from jukixl.folders import config_folder
from jukixl.workbook.functions import DECLARATIONS, Declaration
from jukixl.workbook.package import write_atomic

_PAGE = """<!DOCTYPE html>
<html lang="ja"><head><meta charset="utf-8"><title>jukixl 手引</title>
<style>
body {{ font-family: "Yu Gothic", "MS PGothic", sans-serif; max-width: 48em; margin: 2em auto; line-height: 1.7 }}
table {{ border-collapse: collapse; width: 100% }} td, th {{ border: 1px solid #888; padding: .3em .6em; text-align: left }}
th {{ background: #dce6f1 }} @media print {{ body {{ margin: 0 }} }}
</style></head><body>
<h1>jukixl 手引（版 {version}）</h1>
<p>市町村から集めた数値を一つのマスターブックにまとめ、検算し、審議会資料（Word）を作成する道具です。
インターネットには接続しません。</p>
<h2>一年の流れ</h2>
<ol>
<li>「新規作成」でマスターを作り、「設定」シートの黄色のセルに基準日などを入力して保存します。</li>
<li>「別紙の取込」で表に「前年」、ファイルに前年のマスターを選ぶと、調査票の各入力欄の横に前年の値が入ります（なくても配布できます）。</li>
<li>「提出状況」シートの黄色のセルに、提出期限、発信者、返送先、市町村の送付先メールを入力します（空欄でも作れます）。</li>
<li>「調査票の配布」で市町村ごとの調査票を作ります。隣のフォルダーに依頼文と、送付先メールのある市町村へのメール（.eml）ができます。
Word で依頼文を整え、メールを開いて送ります。文面を毎年同じように変えたいときは、付属の「word_templates」フォルダーから
「ひな形_依頼文.docx」をマスターと同じフォルダーに写し、Word で直しておきます（督促文、差戻し文、未提出一覧も同じです）。
灰色の文字は作成のときに入る所です。消さずに、置きたい所へ動かしてください。</li>
<li>返送されたファイルを一つのフォルダーに集め、「調査票の取込」を押します。誤りのある調査票は取り込まれず、
どのセルの何が誤りかが表示されます。直してもらい、もう一度取り込みます。</li>
<li>「差戻し」で、誤りや確かめることのある調査票の差戻し文（Word）ができます。期限が近づいたら「督促」で、未提出の市町村への督促文と
未提出一覧を作ります。だれから届いたかは「提出状況」シートで分かります。</li>
<li>別紙1〜3、近隣県、住基人口を「別紙の取込」で取り込みます。ファイルの合計欄は取り込まず、計算した合計と照合します。</li>
<li>「検算」を押し、「誤り」がなくなるまで直します。「要確認」は市町村に確かめます。
「指摘の確認」で、指摘とすべての数式が「検算」シートに並びます。場所を押すとそのセルに移ります。確かめた「要確認」には理由を書きます。
入力が変わると、一覧は古いと赤く表示されます。「指摘一覧」で印刷できます。</li>
<li>「資料作成」で審議会資料を作り、Word で文を整えたあと「照合」で、すべての数値をマスターと突き合わせます。
手で入力した数値も示します。</li>
<li>その後マスターが変わったら「資料の更新」を押します。Word で書き換えた文や数値は残り、マスターとの違いが示されます。
前の資料や前年の資料と比べるときは「新旧対照」を押します。数値の増減と、変わった文が分かります。マスターどうしも比べられます。
古いマスターから作られた資料は、「照合」がそう知らせます（資料のプロパティの「マスターの指紋」で見分けます）。</li>
<li>配布の前に「読み合わせ表」を作り、二人で読み合わせます。すべての数値に、頁とセルと元の回答が付いています。
資料に数値の出典を載せるときは「数値出典一覧」を押します。資料の最後に付き、「資料の更新」で数値と頁も新しくなります。
要らなくなったら Word で削除してください。</li>
</ol>
<h2>審議会資料のひな形を変える</h2>
<ol>
<li>付属の「word_templates」フォルダーの juki.docx を、マスターと同じフォルダーに「ひな形_審議会資料.docx」の名前で写し、Word で開きます。文、見出し、書体、用紙は自由に変えられます。
節は動かしても写しても構いません。</li>
<li>数値や表を足すには、「部品集」を押してできた Word 文書から、目印（灰色の部分）や表をコピーして貼り付けます。単位は目印の外に打ちます。
目印を消して数値を手で打つと、更新も照合もされません。表の列は変えられません。</li>
<li>上書き保存し、「ひな形の点検」を押して点検します。依頼文などのひな形も点検できます。打ち間違えたタグには近い名前が示され、必要な数値がないときは誤りになります。</li>
<li>「資料作成」は、マスターの隣に「ひな形_審議会資料.docx」があればそれを使います。できた資料を「照合」で確かめます。図の入った説明は docs/template.md にあります。</li>
</ol>
<h2>ボタンとコマンド</h2>
{tables}
<h2>セルで使える関数</h2>
<p>アドインを入れた Excel では、どのブックのセルでも使えます。アドインのない Excel では #NAME? になるため、市町村に送るブックには使わないでください。</p>
{functions}
<h2>困ったとき</h2>
<ul>
<li>「マスターではありません」: 前面のブックがマスターではありません。マスターを前面にしてから押してください。</li>
<li>「保護ビュー」: 黄色の帯の「編集を有効にする」を押してください。</li>
<li>「Excelで開いている」: そのファイルを閉じてから、もう一度実行してください。</li>
<li>取込のボタンは、書き込む前のマスターを同じ場所の「控え」フォルダーに残します。元に戻すには、マスターを保存せずに閉じ、
控えを開いてください。</li>
<li>処理は Esc を押したままにすると中止できます。中止したときは何も書き換わりません。</li>
</ul>
</body></html>
"""


def show(arguments: Arguments, _progress: Progress) -> Outcome:
    """手引."""
    path = optional_output_of(arguments, "out", ".html") or config_folder() / "手引.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, create_manual().encode("utf-8"))
    return Outcome((f"手引を書き出しました: {path}",), {"manual": str(path)}, opens=path)


def create_manual() -> str:
    """The manual as HTML."""
    tables = "".join(_table(group) for group in Group if any(command.group is group for command in COMMANDS))
    return _PAGE.format(version=escape(__version__), tables=tables, functions=_function_table())


def _table(group: Group) -> str:
    rows = "".join(_row(command) for command in COMMANDS if command.group is group)
    head = "<tr><th>ボタン</th><th>すること</th><th>書き込むもの</th><th>コマンド</th></tr>"
    return f"<h3>{group.value}</h3><table>{head}{rows}</table>"


def _function_table() -> str:
    rows = "".join(
        f"<tr><td>={escape(_signature(function))}</td><td>{escape(function.help)}</td></tr>"
        for function in DECLARATIONS
    )
    return f"<table><tr><th>関数</th><th>返すもの</th></tr>{rows}</table>"


def _signature(function: Declaration) -> str:
    """As Excel's own help writes it: what may be left out in brackets."""
    names = (f"[{one.name}]" if one.optional else one.name for one in function.parameters)
    return f"{function.name}({', '.join(names)})"


def _row(command: Command) -> str:
    cells = (command.label, command.help, command.writes, f"jukixl {command.id}")
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
