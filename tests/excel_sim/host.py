"""Excel as the VBA of the add-in sees it: a control of the ribbon, and the modules of its own project by name."""

from __future__ import annotations

from pyopenvba.apps.excel import ExcelApplication
from pyopenvba.apps.excel._bridge import ExcelBridge
from pyopenvba.interpreter._objects import VBAObject, member
from pyopenvba.interpreter._runtime import Interpreter
from pyopenvba.interpreter._values import NOTHING

from excel_sim.application import SimApplication


class Button(VBAObject):
    """IRibbonControl, as the callback gets it."""

    vba_type_name = "IRibbonControl"

    def __init__(self, control_id: str) -> None:
        self.control_id = control_id

    @member
    def ID(self) -> object:
        return self.control_id

    @member
    def Tag(self) -> object:
        return ""

    @member
    def Context(self) -> object:
        return NOTHING


class ModuleName(VBAObject):
    """A standard module named before its procedure, which pyOpenVBA doesn't look up: `Module.Procedure(...)`."""

    vba_type_name = "Module"

    def __init__(self, interpreter: Interpreter, module: str) -> None:
        self.interpreter = interpreter
        self.module = interpreter.module(module)

    def vba_get(self, name: str, args: object = (), named: object = None) -> object:
        procedure = self.module.procedure(name)
        assert procedure is not None and procedure.scope != "private", f"no {self.module.name}.{name}"
        return self.interpreter.call(procedure, self.module, list(args), dict(named or {}))


class SimBridge(ExcelBridge):
    """The host as VBA sees it, with the modules of its own project by name."""

    modules: frozenset[str] = frozenset()

    def global_object(self, name: str) -> object:
        if name in self.modules:
            return ModuleName(self.application.interpreter, name)
        return super().global_object(name)


class Host(ExcelApplication):
    """pyOpenVBA's Excel with our application."""

    def __init__(self) -> None:
        self.application = SimApplication()
        self.interpreter = Interpreter(SimBridge(self.application))
        self.application.interpreter = self.interpreter
