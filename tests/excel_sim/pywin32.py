"""Stand-ins for pywin32, enough for xlwings' engine for Windows to be imported and to run over `com.ComObject`."""

from __future__ import annotations

import ctypes
import datetime as dt
import sys
import types

HWND = 4711


class ComError(Exception):
    """pywintypes.com_error: (hresult, text, excepinfo, argument)."""

    @property
    def hresult(self) -> object:
        return self.args[0]

    @property
    def excepinfo(self) -> object:
        return self.args[2] if len(self.args) > 2 else None


class ComTime(dt.datetime):
    """pywintypes.TimeType: what a date cell gives, always with a time zone."""


class _Anything:
    """A library that is only looked at while modules are imported."""

    def __call__(self, *_: object) -> _Anything:
        return self

    def __getattr__(self, _: str) -> _Anything:
        return _Anything()


class _WindowsSys:
    """`sys` as xlwings sees it. The rest of the process stays on its own platform."""

    platform = "win32"

    def __getattr__(self, name: str) -> object:
        return getattr(sys, name)


def _module(name: str, **members: object) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module
    return module


def _install_modules(com_object: type) -> None:
    def dispatch(com: object, **_: object) -> object:
        return com

    _module(
        "pywintypes", com_error=ComError, error=type("error", (Exception,), {}), TimeType=ComTime, IID=str
    )
    _module(
        "pythoncom",
        CoInitialize=lambda: None,
        CoMarshalInterThreadInterfaceInStream=lambda _, com: com,
        CoGetInterfaceAndReleaseStream=lambda com, _: com,
        __file__=None,
        ole_error=ComError,
        com_error=ComError,
        TypeIIDs={0: type("PyIDispatch", (), {})},
        IID_IDispatch=0,
        IID_IEnumVARIANT=1,
    )
    for name in ("win32api", "win32gui", "win32event", "win32process"):
        _module(name)
    _module(
        "win32con",
        MB_OK=0,
        MB_OKCANCEL=1,
        MB_YESNOCANCEL=3,
        MB_YESNO=4,
        MB_ICONINFORMATION=64,
        MB_ICONWARNING=48,
        MB_ICONERROR=16,
    )
    utc = types.SimpleNamespace(utc=lambda: dt.UTC)
    _module("win32timezone", TimeZoneInfo=utc)
    bases = {"DispatchBaseClass": type("D", (), {}), "CoClassBaseClass": type("C", (), {})}
    client = _module("win32com.client", CDispatch=com_object, Dispatch=dispatch, DispatchEx=None, **bases)
    policy = _module("win32com.server.policy", DesignatedWrapPolicy=object, BasicWrapPolicy=object)
    dispatcher = _module("win32com.server.dispatcher", DispatcherBase=object)
    util = _module("win32com.server.util")
    server = _module("win32com.server", policy=policy, dispatcher=dispatcher, util=util)
    _module("win32com", client=client, server=server)


def _import_engine() -> types.ModuleType:
    """xlwings' engine for Windows; it looks at libraries of Windows while it is imported."""
    real = ctypes.PyDLL
    ctypes.PyDLL = ctypes.oledll = ctypes.windll = _Anything()
    try:
        from xlwings import _xlwindows
    finally:
        ctypes.PyDLL = real
        del ctypes.oledll, ctypes.windll
    return _xlwindows


def install(com_object: type) -> types.ModuleType:
    """Make xlwings believe it runs beside Excel on Windows; its engine's module. Done once a process."""
    import xlwings

    if getattr(xlwings, "_xlwindows", None) is not None and "pythoncom" in sys.modules:
        return sys.modules["xlwings._xlwindows"]
    _install_modules(com_object)
    engine_module = _import_engine()
    engine_module.N_COM_ATTEMPTS = 1  # 0: again for ever
    engine_module.is_hwnd_xl_app = lambda _: True  # this Excel is in front
    xlwings._xlwindows = engine_module
    engine = xlwings.Engine(impl=engine_module.engine)
    xlwings.engines.add(engine)
    xlwings.engines.active = engine
    xlwings.main.sys = _WindowsSys()
    from xlwings import com_server

    com_server.loop.close()  # nothing here is asynchronous
    return engine_module
