"""Errors of the technician's commands, each with what to do next."""

from ..errors import ToolError


class BadImage(ToolError):
    """A firmware image that cannot be used; the text begins with "it"."""


class DeviceError(ToolError):
    """A unit, its network or its file did not do what was wanted."""
