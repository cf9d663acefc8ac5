"""A route that FastAPI takes apart when it is first asked for: of some hundred, a process may answer ten.

What FastAPI makes of an endpoint's signature (fields, validators, a handler) takes 1 to 5 ms of CPU a route. Until
then a route knows what it takes to be found: its path and methods.
"""

import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import compile_path, get_name

_BUILDING = threading.RLock()  # the description of the interface is made in a thread, beside the event loop


class LateRoute(APIRoute):
    """For `app.router.route_class`. A mistake in an endpoint's signature shows when its route is asked for."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: Iterable[str] | None = None,
        name: str | None = None,
        **rest: Any,
    ) -> None:
        chosen = [method.upper() for method in methods or ("GET",)]
        name = name or get_name(endpoint)
        self._build = partial(super().__init__, path, endpoint, methods=chosen, name=name, **rest)
        self.path, self.endpoint, self.name, self.methods = path, endpoint, name, set(chosen)
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)

    def __getattr__(self, attribute: str) -> Any:
        """Python asks here for what is not there: before the route is built, that is most of it."""
        with _BUILDING:
            if "_build" in self.__dict__:
                self.__dict__.pop("_build")()
        return object.__getattribute__(self, attribute)
