"""The description of the API: FastAPI's, with the scope that each operation needs and the refusals of the door."""

from typing import Any

from fastapi import FastAPI

from .routes import TABLE, Need

ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
REFUSALS = {
    "400": "what was sent cannot be read",
    "401": "nobody is signed in, and the token opens nothing",
    "403": "not with this role or token, or not from here",
    "404": "not there, or not for who asks",
    "409": "it does not fit with what is there, or with the rules for it",
    "413": "more was sent than is taken",
    "414": "the address is longer than is taken",
    "422": "what was sent is not as described",
    "503": "not now",
}


def described(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1. Under security stand the scopes a token needs; sessions of the page need the same rights."""
    found: dict[str, Any] = app.openapi()
    found.setdefault("components", {})["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "an API token, ff_..."},
        "session": {"type": "apiKey", "in": "cookie", "name": "footfall"},
    }
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            need = TABLE[method.upper()][path]
            scopes = [] if isinstance(need, Need) else [need.value]
            by_session = need is Need.SESSION
            operation["security"] = [{"session": scopes}] if by_session else [{"token": scopes}, {"session": scopes}]
            operation["tags"] = scopes or [str(need)]
            for status, says in REFUSALS.items():
                content = {"application/json": {"schema": ERROR}}
                operation["responses"][status] = {"description": says, "content": content}
    return found
