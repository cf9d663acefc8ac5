"""What can go wrong in a torture run, beside what it looks for."""

from ..errors import ToolError


class TortureError(ToolError):
    """Something that must happen did not: the line is not alive afterwards, or a part could not be had."""
