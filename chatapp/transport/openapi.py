"""The OpenAPI 3.1 document, and a page to read it on; both made of the routes."""

import re
from collections.abc import Sequence
from html import escape
from inspect import getdoc
from typing import Any

import msgspec

import chatapp
from chatapp import errors
from chatapp.domain.commands import Command
from chatapp.transport.http import Route

_REF = "#/components/schemas/{name}"
_ERROR = {
    "type": "object",
    "required": ["error", "code"],
    "properties": {
        "error": {"type": "string", "description": "What was wrong and what to do, in words."},
        "code": {"type": "string", "enum": [one.code for one in errors.CLASSES]},
        "field": {"type": "string", "description": "The input it is about."},
        "retry_after": {"type": "number", "description": "Seconds after which another try can succeed."},
    },
}


def document(routes: Sequence[Route]) -> dict[str, Any]:
    """The OpenAPI document of these routes."""
    paths: dict[str, dict[str, Any]] = {}
    types = [kind for route in routes for kind in (route.returns, route.body) if kind not in (None, Command)]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    schema_of = dict(zip(map(repr, types), schemas, strict=True))
    for route in routes:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "chatapp", "version": chatapp.__version__},
        "paths": paths,
        "components": {"schemas": {**components, "Error": _ERROR}},
    }


def _operation(route: Route, schema_of: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": (getdoc(route.handle) or "").partition("\n")[0],
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": {
            str(route.status): _content(route.media_type, schema_of.get(repr(route.returns))),
            "default": _content("application/json", {"$ref": _REF.format(name="Error")}),
        },
    }
    if route.body is not Command:
        operation["requestBody"] = {"required": True, **_content("application/json", schema_of[repr(route.body)])}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    names = re.findall(r"<(?:\w+:)?(\w+)>", route.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    schema = msgspec.json.schema_components([route.query])[1].get(route.query.__name__, {})
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": form}
        for name, form in schema.get("properties", {}).items()
    ]


def _content(media_type: str, schema: Any) -> dict[str, Any]:
    description = {"description": "The answer."}
    return description if schema is None else {**description, "content": {media_type: {"schema": schema}}}


def page(described: dict[str, Any]) -> str:
    """The document as a page, without script."""
    operations = "".join(
        f"<section><h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>"
        f"{_parameters(operation)}</section>"
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<title>chatapp: REST</title><h1>chatapp: REST</h1>"
        '<p>The same for programs: <a href="/api/openapi.json">/api/openapi.json</a>. Errors are '
        "<code>{error, code, field?, retry_after?}</code> with the fitting status.</p>" + operations
    )


def _parameters(operation: dict[str, Any]) -> str:
    rows = "".join(f"<li><code>{escape(one['name'])}</code> ({one['in']})</li>" for one in operation["parameters"])
    return f"<ul>{rows}</ul>" if rows else ""
