"""Which broker a target is: the collector's own, or somebody else's with its login."""

import ssl
from collections.abc import Callable

from footfall_sensor import tls

from ..errors import BrokerError, DeliveryError
from ..ingest.address import BrokerAddress
from .mqtt import Place
from .target import OWN_BROKER, Target
from .targets import Targets


class Brokers:
    """Finds the place to publish at."""

    def __init__(self, targets: Targets, own: Callable[[], BrokerAddress] | None) -> None:
        """own: how the collector's own broker is reached now; may raise BrokerError."""
        self._targets, self._own = targets, own

    def place(self, target: Target) -> Place:
        """Where a target's alerts go. Raises DeliveryError, VaultError."""
        if target.address == OWN_BROKER:
            return self._ours()
        place, login = Place.parse(target.address), self._targets.login(target)
        context = None
        if place.tls:
            try:
                context = ssl.create_default_context(cadata=login.authority_pem or None)
                context.sslsocket_class = tls.Socket
            except ssl.SSLError as exc:
                raise DeliveryError(
                    f"the authority given for {place.host} is no certificate in PEM: {exc}"
                    ". Add the target again with another --ca-file"
                ) from exc
        return Place(
            place.host, place.port, place.prefix, place.tls, place.user, login.password, place.client_id, context
        )

    def _ours(self) -> Place:
        if self._own is None:
            raise DeliveryError(
                "there is no broker of the collector's own here"
                "; give the address of another, as in mqtts://user@broker.example.org"
            )
        try:
            own = self._own()
        except BrokerError as exc:
            raise DeliveryError(str(exc)) from exc
        user = own.client_id if own.context is None else ""  # with TLS the certificate's name is the user
        return Place(own.host, own.port, user=user, client_id=own.client_id, context=own.context)
