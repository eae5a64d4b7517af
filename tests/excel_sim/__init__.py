"""Excel, in memory: presses the add-in's buttons and calls its functions as Excel would.

The VBA is that of the real add-in, run by pyOpenVBA; Python's side is xlwings' own engine for Windows. Replaced are
only the edges: COM (`com`), and what VBA reaches of Windows (`windows`).
"""

from excel_sim.sim import ExcelSim, Settings

__all__ = ["ExcelSim", "Settings"]
