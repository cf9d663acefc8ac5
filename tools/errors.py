"""Errors of the `footfall` command: a sentence for the person who typed it, and exit code 1."""

import click


class ToolError(click.ClickException):
    """Something did not work; the text says what to do next. click prints it and exits with code 1."""
