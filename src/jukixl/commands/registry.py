"""What a user can do: every command once, with all that its front doors need to show it.

The command line, the ribbon and the manual are projections of `COMMANDS`. A command's function is imported when it
runs, so that asking for help costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import cast

from msgspec import Struct, field
from msgspec.structs import replace


class Group(StrEnum):
    """Groups in the order of the year's work."""

    YEAR = "年度"
    COLLECT = "収集"
    CHECK = "検算"
    HANDOUT = "資料"
    SUPPORT = "支援"


Progress = Callable[[int, int, str], None]
"""Where a command says how far it is: done, total, and what comes now."""


class Outcome(Struct, frozen=True):
    """What a command did: lines for staff, an object for `--json`, and the exit code (0, or 1 for errors found).

    As a button it also opens a file or shows a sheet of the master; the command line doesn't.
    """

    lines: tuple[str, ...]
    data: Mapping[str, object] = field(default_factory=dict)
    exit_code: int = 0
    opens: Path | None = None
    shows: str | None = None


Arguments = Mapping[str, object]
Run = Callable[[Arguments, Progress], Outcome]


class Ask(StrEnum):
    """How a command gets an argument when it is a button: from the open workbook, by a dialog, or not at all."""

    MASTER = "master"  # the workbook in front
    NEW_WORKBOOK = "new_workbook"  # where to save
    NEW_DOCUMENT = "new_document"
    NEW_PAGE = "new_page"
    BESIDE = "beside"  # a new document beside the one asked for, named after it
    FOLDER = "folder"
    DATA_FILE = "data_file"
    DOCUMENT = "document"
    HANDOUT_OR_MASTER = "handout_or_master"
    TABLE = "table"
    FLAG = "flag"  # given or not, without a value
    DEFINITION = "definition"  # that of the workbook in front, where it is a master
    NOTHING = "nothing"  # the command line only; a button goes without it


class Parameter(Struct, frozen=True):
    """One argument. `option`: given as `--name`, else by position; `many`: with one or more values."""

    name: str
    help: str
    ask: Ask
    option: bool = False
    required: bool = True
    many: bool = False

    @property
    def is_flag(self) -> bool:
        return self.ask is Ask.FLAG


class Command(Struct, frozen=True):
    """One thing a user can do. `run` is `module:function` below this package, or in full where a front
    door does it; `label` is its button.

    `writes` says what will be written, for the screentip; `proposed` what a new file may be called. `icon` is the name of a built-in Office picture
    (imageMso); None: the command has no button in Excel.
    """

    id: str
    label: str
    help: str
    group: Group
    run: str
    parameters: tuple[Parameter, ...] = ()
    has_json: bool = True
    writes: str = "何も書き換えません。"
    icon: str | None = None
    proposed: str = ""

    @property
    def control(self) -> str:
        """The id of its button: letters, digits and `_` only."""
        return "jukixl_" + self.id.replace(" ", "_")

    def load(self) -> Run:
        """The function that does it."""
        module, _, function = self.run.partition(":")
        full = module if module.startswith("jukixl.") else f"jukixl.commands.{module}"
        return cast("Run", getattr(import_module(full), function))


_MASTER = Parameter("MASTER", "マスターブック（.xlsx）", Ask.MASTER)
_REPORT = Parameter(
    "report",
    "報告の定義のフォルダー、又はその報告のマスター（省略すると住基ネット関係資料）",
    Ask.NOTHING,
    option=True,
    required=False,
)
_REPORT_IN_FRONT = replace(_REPORT, ask=Ask.DEFINITION)


def _template_of(letter: str) -> Parameter:
    help_ = (
        f"ひな形にする Word ファイル（省略するとマスターの隣の「ひな形_{letter}.docx」、なければ付属のもの）"
    )
    return Parameter("template", help_, Ask.NOTHING, option=True, required=False)


_LETTER = Parameter(
    "letter",
    "審議会資料ではない文書のひな形（依頼文、督促文、差戻し文、未提出一覧）",
    Ask.NOTHING,
    option=True,
    required=False,
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "new",
        "新規作成",
        "今年のマスターブックを作成します。",
        Group.YEAR,
        "year:create",
        (
            Parameter("MASTER", "作成するマスターブック（.xlsx）", Ask.NEW_WORKBOOK),
            Parameter("settings", "設定の値を書いた TOML ファイル", Ask.NOTHING, option=True, required=False),
            _REPORT,
        ),
        writes="新しいマスターブックを作成して開きます。",
        icon="FileNew",
        proposed="マスター",
    ),
    Command(
        "distribute",
        "調査票の配布",
        "市町村ごとの調査票と依頼文を作成します。",
        Group.COLLECT,
        "corresponding:distribute",
        (
            _MASTER,
            Parameter("out", "調査票を書き出すフォルダー", Ask.FOLDER, option=True),
            _template_of("依頼文"),
        ),
        writes="選んだフォルダーに市町村ごとの調査票を、その隣に依頼文とメールを書き出します。",
        icon="FileSaveAsExcelXlsx",
    ),
    Command(
        "collect",
        "調査票の取込",
        "返送された調査票をマスターに取り込みます。",
        Group.COLLECT,
        "collecting:collect",
        (
            _MASTER,
            Parameter("DIR", "返送された調査票のフォルダー", Ask.FOLDER),
            Parameter(
                "dry_run", "結果を表示するだけで、何も書き込みません", Ask.FLAG, option=True, required=False
            ),
        ),
        writes="開いているマスターの市町村シートと「提出状況」に書き込みます。",
        icon="ImportExcel",
    ),
    Command(
        "import",
        "別紙の取込",
        "別紙の表を CSV か xlsx のファイルから取り込みます。",
        Group.COLLECT,
        "collecting:import_file",
        (
            _MASTER,
            Parameter("TABLE", "表の識別子か表題（例 annex3、別紙3。前年のマスターなら「前年」）", Ask.TABLE),
            Parameter("FILE", "取り込むファイル", Ask.DATA_FILE),
        ),
        writes="開いているマスターの別紙のシートに書き込みます。",
        icon="ImportTextFile",
    ),
    Command(
        "status",
        "提出状況",
        "市町村の提出状況を表示します。",
        Group.COLLECT,
        "corresponding:status",
        (_MASTER,),
        icon="DataFormExcel",
    ),
    Command(
        "remind",
        "督促",
        "未提出の市町村への督促文と、未提出一覧を作成します。",
        Group.COLLECT,
        "corresponding:remind",
        (
            _MASTER,
            Parameter("out", "督促文を書き出すフォルダー", Ask.FOLDER, option=True),
            _template_of("督促文"),
        ),
        writes="選んだフォルダーに、督促文（Word）と未提出一覧を書き出します。",
        icon="FileSendAsAttachment",
    ),
    Command(
        "return",
        "差戻し",
        "誤りや確かめることのある調査票の差戻し文を作成します。",
        Group.COLLECT,
        "corresponding:send_back",
        (
            _MASTER,
            Parameter("DIR", "返送された調査票のフォルダー", Ask.FOLDER),
            Parameter("out", "差戻し文を書き出すフォルダー", Ask.FOLDER, option=True),
            _template_of("差戻し文"),
        ),
        writes="選んだフォルダーに、差戻し文（Word）を書き出します。マスターは書き換えません。",
        icon="ReviewRejectChange",
    ),
    Command(
        "quarantine",
        "隔離",
        "個人番号などの入ったファイルを、取り込まずに分けて保管します。",
        Group.COLLECT,
        "quarantining:quarantine",
        (_MASTER, Parameter("FILE", "隔離するファイル（元のフォルダーからは消えます）", Ask.DATA_FILE)),
        writes="選んだファイルを「回答控」の「隔離」に移します。マスターは書き換えません。",
        icon="FileDocumentInspect",
    ),
    Command(
        "check",
        "検算",
        "すべての入力、数式、宣言された検算を確かめます。何も書き換えません。",
        Group.CHECK,
        "checking:check",
        (_MASTER,),
        icon="FormulaEvaluate",
    ),
    Command(
        "findings",
        "指摘一覧",
        "検算で見つかった指摘の一覧を作成します。",
        Group.CHECK,
        "checking:list_findings",
        (_MASTER, Parameter("out", "作成する一覧（.xlsx）", Ask.NEW_WORKBOOK, option=True)),
        writes="指摘の一覧を新しいブックに書き出して開きます。マスターは書き換えません。",
        icon="ErrorChecking",
        proposed="指摘一覧",
    ),
    Command(
        "review",
        "指摘の確認",
        "検算の結果（指摘とすべての数式）を「検算」シートに書き、要確認を確認済みにできるようにします。",
        Group.CHECK,
        "checking:review",
        (_MASTER,),
        writes="開いているマスターの「検算」シートの一覧に書き込みます。",
        icon="ReviewAcceptChange",
    ),
    Command(
        "report",
        "検算報告",
        "検算の結果を、すべての数式と数値の根拠とともに、一つのページ（HTML）にします。",
        Group.CHECK,
        "checking:write_page",
        (_MASTER, Parameter("out", "作成する報告（.html）", Ask.NEW_PAGE, option=True)),
        writes="検算報告を書き出してブラウザーで開きます。マスターは書き換えません。",
        icon="CreateReport",
        proposed="検算報告",
    ),
    Command(
        "audit",
        "他ブックの監査",
        "マスターではない Excel ブックの数式と構造を確かめます。何も書き換えません。",
        Group.CHECK,
        "checking:audit",
        (Parameter("FILE", "確かめるブック（.xlsx）", Ask.DATA_FILE),),
        icon="TracePrecedents",
    ),
    Command(
        "build",
        "資料作成",
        "審議会資料（Word）を作成します。",
        Group.HANDOUT,
        "handing_out:build",
        (
            _MASTER,
            Parameter("out", "作成する審議会資料（.docx）", Ask.NEW_DOCUMENT, option=True),
            _template_of("審議会資料"),
            Parameter("sources", "資料の最後に数値出典一覧を付けます", Ask.FLAG, option=True, required=False),
        ),
        writes="審議会資料（Word）を書き出します。マスターは書き換えません。",
        icon="FileSaveAsWordDocx",
        proposed="審議会資料",
    ),
    Command(
        "verify",
        "照合",
        "審議会資料のすべての数値をマスターと照合します。",
        Group.HANDOUT,
        "handing_out:verify",
        (Parameter("DOCX", "照合する審議会資料（.docx）", Ask.DOCUMENT), _MASTER),
        icon="ReviewCompareMajorVersion",
    ),
    Command(
        "tieout",
        "読み合わせ表",
        "資料のすべての数値に、頁、セル、元の回答を付けた表を作ります。二人で読み合わせるための用紙です。",
        Group.HANDOUT,
        "handing_out:write_tie_out",
        (
            Parameter("DOCX", "読み合わせる審議会資料（.docx）", Ask.DOCUMENT),
            _MASTER,
            Parameter("out", "作成する読み合わせ表（.xlsx）", Ask.NEW_WORKBOOK, option=True),
        ),
        writes="読み合わせ表（Excel）を書き出します。資料もマスターも書き換えません。",
        icon="FilePrint",
        proposed="読み合わせ表",
    ),
    Command(
        "sources",
        "数値出典一覧",
        "審議会資料の最後に、数値と表の値、頁、マスターのセル、元の回答の一覧を付けます。資料はマスターに合わせて更新します。",
        Group.HANDOUT,
        "handing_out:add_sources",
        (Parameter("DOCX", "数値出典一覧を付ける審議会資料（.docx）", Ask.DOCUMENT), _MASTER),
        writes="選んだ審議会資料（Word）に一覧を付け、前のものを別の名前で残します。マスターは書き換えません。",
        icon="TableInsertExcel",
    ),
    Command(
        "refresh",
        "資料の更新",
        "審議会資料をマスターに合わせて更新します。人が書き換えた所は残します。",
        Group.HANDOUT,
        "handing_out:refresh",
        (
            Parameter("DOCX", "更新する審議会資料（.docx）", Ask.DOCUMENT),
            _MASTER,
            Parameter(
                "take_workbook",
                "書き換えられていてもマスターの値にする数値・表の名前",
                Ask.NOTHING,
                option=True,
                required=False,
                many=True,
            ),
            Parameter("list", "作成する変更一覧（.docx）", Ask.BESIDE, option=True, required=False),
        ),
        writes="選んだ審議会資料（Word）を更新し、隣に「…_変更一覧.docx」を書き出します。前のものは別の名前で残します。マスターは書き換えません。",
        icon="RefreshAll",
        proposed="変更一覧",
    ),
    Command(
        "compare",
        "新旧対照",
        "二つの審議会資料、又は二つのマスターを比べ、数値の増減と、文章、行、見出しの違いを示します。",
        Group.HANDOUT,
        "comparing:compare",
        (
            Parameter("OLD", "旧（審議会資料 .docx、又はマスター .xlsx）", Ask.HANDOUT_OR_MASTER),
            Parameter("NEW", "新（旧と同じ種類のファイル）", Ask.HANDOUT_OR_MASTER),
            Parameter("out", "作成する新旧対照表（.docx）", Ask.NEW_DOCUMENT, option=True, required=False),
            Parameter("html", "作成するページ（.html）", Ask.NOTHING, option=True, required=False),
            _REPORT_IN_FRONT,
        ),
        writes="新旧対照表（Word）を書き出します。比べたファイルは書き換えません。",
        icon="ReviewCompareTwoVersions",
        proposed="新旧対照表",
    ),
    Command(
        "release",
        "公表",
        "資料に公表できない点がないか確かめ、公表用の Word ファイルと PDF を作成します。",
        Group.HANDOUT,
        "releasing:release",
        (
            Parameter("DOCX", "公表する審議会資料（.docx）", Ask.DOCUMENT),
            _MASTER,
            Parameter(
                "out",
                "作成する公表用の Word ファイル（.docx。省略すると資料の隣の「…_公表用.docx」）。PDF はその隣",
                Ask.NEW_DOCUMENT,
                option=True,
                required=False,
            ),
        ),
        writes="公表用の Word ファイルと PDF を書き出します。元の資料もマスターも書き換えません。",
        icon="FileSaveAsPdfOrXps",
        proposed="公表用資料",
    ),
    Command(
        "template new",
        "ひな形の作成",
        "審議会資料、又は依頼文などのひな形（Word）を作成します。",
        Group.HANDOUT,
        "handing_out:create_template",
        (Parameter("DOCX", "作成するひな形（.docx）", Ask.NEW_DOCUMENT), _LETTER, _REPORT),
        writes="ひな形（Word）を書き出します。",
    ),
    Command(
        "template parts",
        "部品集",
        "ひな形に貼り付けて使う、すべての数値と表の目印を並べた Word 文書を作成します。",
        Group.HANDOUT,
        "handing_out:create_parts",
        (Parameter("DOCX", "作成する部品集（.docx）", Ask.NEW_DOCUMENT), _REPORT_IN_FRONT),
        writes="部品集（Word）を書き出します。",
        icon="ControlProperties",
        proposed="部品集",
    ),
    Command(
        "template check",
        "ひな形の点検",
        "審議会資料、又は依頼文などのひな形（Word）の目印に、足りないもの、間違ったものがないか点検します。",
        Group.HANDOUT,
        "handing_out:check_template",
        (
            Parameter("DOCX", "点検するひな形（.docx）", Ask.DOCUMENT),
            replace(
                _LETTER, help=f"{_LETTER.help}。省略すると「ひな形_依頼文.docx」などの名前から分かります"
            ),
            _REPORT_IN_FRONT,
        ),
        icon="Spelling",
    ),
    Command(
        "settings",
        "設定",
        "基準日などの設定を表示します。",
        Group.SUPPORT,
        "year:show_settings",
        (_MASTER,),
        writes="「設定」シートを開きます。",
        icon="ApplicationOptionsDialog",
    ),
    Command(
        "manual",
        "手引",
        "この道具の手引を表示します。",
        Group.SUPPORT,
        "manual:show",
        (
            Parameter(
                "out",
                "書き出す手引（.html。省略すると利用者のフォルダー）",
                Ask.NOTHING,
                option=True,
                required=False,
            ),
        ),
        writes="手引をブラウザーで開きます。",
        icon="Help",
    ),
    Command(
        "doctor",
        "診断",
        "このコンピューターでアドインとコマンドを使えるかを確かめます。",
        Group.SUPPORT,
        "setting_up:doctor",
        icon="ErrorChecking",
    ),
    Command(
        "version",
        "版",
        "jukixl、Python、xlwings の版を表示します。",
        Group.SUPPORT,
        "setting_up:version",
        icon="ApplicationOptionsDialog",
    ),
    Command(
        "addin build",
        "アドインの作成",
        "Excel のアドイン jukixl.xlam をソースから作成します。",
        Group.SUPPORT,
        "jukixl.addin.command:build",
        (
            Parameter(
                "out",
                "作成するアドイン（.xlam。省略すると今のフォルダーの jukixl.xlam）",
                Ask.NOTHING,
                option=True,
                required=False,
            ),
        ),
        writes="アドインを書き出します。",
    ),
    Command(
        "addin install",
        "アドインのインストール",
        "アドインを利用者の Excel に入れます。前の版は入れ替えます。",
        Group.SUPPORT,
        "setting_up:install",
        writes="利用者の XLSTART フォルダーと設定フォルダーに書き込みます。",
    ),
    Command(
        "addin uninstall",
        "アドインの削除",
        "インストールしたアドインと設定だけを削除します。",
        Group.SUPPORT,
        "setting_up:uninstall",
        writes="インストールで書いたファイルだけを削除します。",
    ),
    Command(
        "kit",
        "導入キットの作成",
        "インターネットにつながらない Windows に入れるための一式を zip にします。",
        Group.SUPPORT,
        "setting_up:kit",
        (
            Parameter("out", "作成するキット（.zip）", Ask.NOTHING, option=True),
            Parameter(
                "python",
                "相手の Python の版（3.11、3.12、3.13。省略すると 3.11）",
                Ask.NOTHING,
                option=True,
                required=False,
            ),
            Parameter(
                "wheel",
                "jukixl の wheel（.whl。省略するとソースから作成）",
                Ask.NOTHING,
                option=True,
                required=False,
            ),
            Parameter(
                "this_computer",
                "Windows ではなく、このコンピューターと同じ種類のもの用に作成します",
                Ask.FLAG,
                option=True,
                required=False,
            ),
        ),
        writes="キット（zip）を書き出します。",
    ),
    Command(
        "demo",
        "体験",
        "公表された実際の数値で、作成から照合までを一度に行います。",
        Group.SUPPORT,
        "demo:run",
        (Parameter("DIR", "書き出すフォルダー（省略すると「住基資料デモ」）", Ask.FOLDER, required=False),),
        writes="新しいフォルダーに、体験用の一式を書き出します。",
    ),
)


def find_command(command_id: str) -> Command | None:
    """The command with this id; None where there is none."""
    return next((command for command in COMMANDS if command.id == command_id), None)


def path_of(arguments: Arguments, name: str) -> Path:
    """A required path argument."""
    return Path(str(arguments[name]))


def texts_of(arguments: Arguments, name: str) -> tuple[str, ...]:
    """The values of an argument with many; none where it is absent."""
    value = arguments.get(name)
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def optional_path_of(arguments: Arguments, name: str) -> Path | None:
    """A path argument that may be absent."""
    value = arguments.get(name)
    return Path(str(value)) if value else None
