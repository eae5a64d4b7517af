"""jukixl: a declared report becomes a master workbook, survey forms, checks and a council handout."""

__version__ = "0.1.0"
