"""How long a sensor's past can be looked at, and how closely."""

from ...watch.past import Past, Point

SAMPLES_H = 72  # so long samples of ten minutes are kept
HOURS_MAX = 31 * 24


def points(past: Past, sensor_id: int, hours: int, since_ms: int) -> list[Point]:
    """Of ten minutes, or of an hour where more hours are asked for than ten minutes are kept."""
    return past.ten_minutes(sensor_id, since_ms) if hours <= SAMPLES_H else past.hours(sensor_id, since_ms)
