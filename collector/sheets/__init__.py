"""Sheets: CSV that people make and change in Excel and the like, read with one voice for what is wrong in it."""

from .reading import SIZE_MAX, Form, Row, SheetError, of_file, read

__all__ = ["SIZE_MAX", "Form", "Row", "SheetError", "of_file", "read"]
