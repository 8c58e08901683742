"""Rejects query parameters and bodies that an operation does not describe, instead of ignoring them."""

from typing import Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError

from model_manager.server.schemas.requests import ModelFilters
from model_manager.server.schemas.usage_requests import UsageFilters

#: The only parameters of a query that may be there several times.
_LISTS = {
    name
    for filters in (ModelFilters, UsageFilters)
    for name, field in filters.model_fields.items()
    if isinstance(field.default, list)
}


async def _no_query(request: Request) -> None:
    _refuse(("query", name) for name in request.query_params)


async def _each_once(request: Request) -> None:
    query = request.query_params
    repeated = [name for name in query if len(query.getlist(name)) > 1 and name not in _LISTS]
    _refuse((("query", name) for name in repeated), "may be given only once")


async def _no_body(request: Request) -> None:
    _refuse([("body",)] if await request.body() else [])


def _refuse(places: Any, message: str = "is not a known parameter") -> None:
    """Refuse a request for what stands at these places, if there are any.

    Raises:
        RequestValidationError: there are.
    """
    if errors := [{"type": "forbidden", "loc": place, "msg": message} for place in places]:
        raise RequestValidationError(errors)


#: Dependencies of operations.
NO_QUERY = Depends(_no_query)
EACH_ONCE = Depends(_each_once)
NO_BODY = Depends(_no_body)
