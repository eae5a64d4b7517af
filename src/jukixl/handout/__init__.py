"""The Word handout (審議会資料): template, build and refresh, verification, lint."""
