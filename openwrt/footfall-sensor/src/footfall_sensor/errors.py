"""What can go wrong in a sensor, as one small tree: each error is a sentence that says what to do next."""


class SensorError(Exception):
    """Root of every error the sensor raises on purpose; its text is meant to be read by a person."""


class Malformed(SensorError):
    """Bytes from outside (a frame, an envelope, a message) do not follow their format. Counted, never fatal."""


class CaptureError(SensorError):
    """A capture file or interface cannot be read, or ends in the middle of a record."""


class ConfigError(SensorError):
    """A configuration option is missing, unknown or out of range; the text names the option."""


class SigningError(SensorError):
    """A key cannot be read or made, or the signing program fails."""


class BadSignature(Malformed):
    """A signature does not belong to these bytes and this key."""


class NoKeyError(SensorError):
    """The collector gave no epoch key, and without one a replay would count nothing."""


class StalledError(SensorError):
    """The collector takes nothing any more, and the spool is filling up."""


class SpoolError(SensorError):
    """The spool's folder cannot be used."""


class EnrolmentError(SensorError):
    """The collector cannot be asked, or its answer is not to be believed."""
