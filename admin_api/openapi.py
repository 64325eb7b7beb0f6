"""The OpenAPI 3.1 description, made from the operations and their models: it cannot lag behind."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from admin_api import problem
from admin_api.idempotency import HEADER as IDEMPOTENCY_KEY
from admin_api.operation import PREFIX, TEXT_PARAMETERS, AnyOperation
from admin_api.roles import ROLE_TABLE
from admin_api.schemas.base import MAX_ID, NoQuery
from admin_api.server_sent import MEDIA_TYPE as EVENT_STREAM

Document = dict[str, Any]

_REF = "#/components/schemas/{model}"
_PROBLEM_SCHEMA: Document = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457 problem document.",
    "required": ["type", "title", "status", "detail", "errors"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "additionalProperties": False,
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def describe(operations: Sequence[AnyOperation], version: str) -> Document:
    """The whole document."""
    schemas = _schemas(operations)
    paths: dict[str, Document] = {}
    for operation in operations:
        path = paths.setdefault(PREFIX + operation.path, {})
        path[operation.method.lower()] = _operation(operation, schemas)
    used = {
        name: schema for name, schema in schemas.items() if name not in _query_names(operations)
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Doorline admin API",
            "version": version,
            "description": "Sites, people, devices, SIP accounts, calls and door records.",
        },
        "security": [{"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(o.tag for o in operations)],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": _PROBLEM_SCHEMA, **used},
            "responses": {kind.slug: _problem_response(kind) for kind in problem.KINDS},
        },
    }


def _schemas(operations: Iterable[AnyOperation]) -> dict[str, Document]:
    """JSON schemas of every body, query and answer by model name."""
    wanted: dict[type[BaseModel], JsonSchemaMode] = {}
    for operation in operations:
        wanted[operation.query] = "validation"
        if operation.has_body:
            wanted[operation.body] = "validation"
        if operation.out is not None:
            wanted[operation.out] = "serialization"
    _, definitions = models_json_schema(list(wanted.items()), ref_template=_REF)
    schemas: dict[str, Document] = definitions.get("$defs", {})
    return schemas


def _query_names(operations: Iterable[AnyOperation]) -> set[str]:
    """Query models are spelled out as parameters and left out of the components."""
    return {operation.query.__name__ for operation in operations}


def _operation(operation: AnyOperation, schemas: dict[str, Document]) -> Document:
    """The operation object."""
    roles = ", ".join(sorted(ROLE_TABLE[operation.id]))
    document: Document = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": f"{_told(operation)} Roles: {roles}.",
        "tags": [operation.tag],
        "parameters": [
            *(_path_parameter(name) for name in operation.parameters),
            *_query_parameters(operation, schemas),
            *_header_parameters(operation),
        ],
        "responses": _responses(operation),
    }
    if operation.takes_text:
        document["requestBody"] = {
            "required": True,
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    elif operation.takes_file:
        file: Document = {"schema": {"type": "string", "format": "binary"}}
        document["requestBody"] = {
            "required": True,
            "content": dict.fromkeys(operation.takes_file, file),
        }
    elif operation.has_body:
        document["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _ref(operation.body)}},
        }
    return document


def _told(operation: AnyOperation) -> str:
    """What the operation does, in the words of the function that does it."""
    return " ".join((operation.handler.__doc__ or "").split())


def _path_parameter(name: str) -> Document:
    schema: Document = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
    parameter: Document = {"name": name, "in": "path", "required": True, "schema": schema}
    if name in TEXT_PARAMETERS:
        parameter["schema"] = {"type": "string"}
        parameter["description"] = TEXT_PARAMETERS[name]
    return parameter


def _query_parameters(operation: AnyOperation, schemas: dict[str, Document]) -> list[Document]:
    """One parameter a field of the query model."""
    if operation.query is NoQuery:
        return []
    schema = schemas[operation.query.__name__]
    required = schema.get("required", [])
    parameters = []
    for name, field in schema.get("properties", {}).items():
        parameter = {"name": name, "in": "query", "required": name in required}
        inner = dict(field)
        if "description" in inner:
            parameter["description"] = inner.pop("description")
        parameters.append({**parameter, "schema": inner})
    return parameters


def _header_parameters(operation: AnyOperation) -> list[Document]:
    """Idempotency-Key on every POST, If-Match on every edit."""
    text = {"type": "string"}
    if operation.method == "POST":
        return [{"name": IDEMPOTENCY_KEY, "in": "header", "required": False, "schema": text}]
    if operation.media_type == EVENT_STREAM:
        return [{"name": "Last-Event-ID", "in": "header", "required": False, "schema": text}]
    if operation.edits:
        return [{"name": "If-Match", "in": "header", "required": False, "schema": text}]
    return []


def _responses(operation: AnyOperation) -> Document:
    """The answer and every refusal that can come instead."""
    answer: Document = {"description": "Done."}
    if operation.out is not None:
        answer["content"] = {"application/json": {"schema": _ref(operation.out)}}
    if operation.media_type:
        schema: Document = {"type": "string"}
        if not operation.media_type.startswith("text/"):
            schema["format"] = "binary"
        answer["content"] = {operation.media_type: {"schema": schema}}
    kinds = [problem.UNAUTHORIZED, problem.FORBIDDEN, problem.NOT_FOUND, problem.INVALID]
    if operation.method != "GET":
        kinds += [problem.BAD_REQUEST, problem.CONFLICT]
    if operation.media_type:
        kinds.append(problem.CONFLICT)
    if operation.has_body or operation.takes_text or operation.takes_file:
        kinds += [problem.TOO_LARGE, problem.UNSUPPORTED_MEDIA_TYPE]
    if operation.edits:
        kinds.append(problem.PRECONDITION_FAILED)
    refusals = {
        str(kind.status): {"$ref": f"#/components/responses/{kind.slug}"}
        for kind in sorted(kinds, key=lambda kind: kind.status)
    }
    return {str(operation.status): answer, **refusals}


def _problem_response(kind: problem.Kind) -> Document:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": f"{kind.title}. {kind.explanation}",
        "content": {problem.CONTENT_TYPE: {"schema": schema}},
    }


def _ref(model: type[BaseModel]) -> Document:
    return {"$ref": _REF.format(model=model.__name__)}
