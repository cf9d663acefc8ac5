"""Why a plan cannot be taken."""

from ..errors import CollectorError


class PlanError(CollectorError):
    """Something about a plan is not as it must be; the text says what to do."""
