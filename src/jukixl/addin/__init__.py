"""The Excel add-in: its ribbon, its VBA and what these call."""
