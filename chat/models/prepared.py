"""Queries that are built once: for those of each reply Django takes ten times as long to write SQL as the database to
run it.

    @prepared
    def replies_of(message_id: UUID) -> QuerySet[Reply]:
        return Reply.objects.filter(message=message_id).select_related("message")

    replies_of(message.pk)  # a list of replies

The function is called once for each kind of database, with a placeholder for each parameter. So it may not look at its
arguments, and what it returns has to be the same each time, apart from their values: no `timezone.now()` in it.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar
from uuid import UUID

from django.db import connection, models
from django.db.models.expressions import Expression
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import UpdateQuery

P = ParamSpec("P")
R = TypeVar("R")

FIELDS: "dict[Any, models.Field[Any, Any]]" = {
    UUID: models.UUIDField(),
    datetime: models.DateTimeField(),
    str: models.TextField(),
    int: models.BigIntegerField(),
    Decimal: models.DecimalField(),
    list: models.JSONField(),
    dict: models.JSONField(),
}


class Placeholder(Expression):
    """A parameter, whose value is given when the query runs."""

    def __init__(self, name: str, kind: Any) -> None:
        super().__init__(output_field=FIELDS[kind])
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class _Statement:
    """SQL, and its parameters, some of which are placeholders."""

    def __init__(self, compiler: Any) -> None:
        self._sql, params = compiler.as_sql()
        self._params = tuple(params)

    def execute(self, cursor: Any, values: dict[str, Any]) -> None:
        cursor.execute(self._sql, [self._value(each, values) for each in self._params])

    @staticmethod
    def _value(param: Any, values: dict[str, Any]) -> Any:
        if not isinstance(param, Placeholder):
            return param
        return param.output_field.get_db_prep_value(values[param.name], connection)


class _Tuples:
    """Makes tuples of rows, from a compiler that has written its SQL."""

    def __init__(self, compiler: Any) -> None:
        self._converters = compiler.get_converters([each[0] for each in compiler.select])

    def read(self, rows: Iterable[Any]) -> Iterator[Any]:
        for row in map(list, rows):
            for position, (converters, expression) in self._converters.items():
                for convert in converters:
                    row[position] = convert(row[position], expression, connection)
            yield self._made_of(row)

    def _made_of(self, row: list[Any]) -> Any:
        return tuple(row)


class _Objects(_Tuples):
    """Makes objects of rows, as Django's ModelIterable does."""

    def __init__(self, compiler: Any) -> None:
        super().__init__(compiler)
        info, self._alias = compiler.klass_info, compiler.using
        self._model: type[models.Model] = info["model"]
        self._begin, self._end = info["select_fields"][0], info["select_fields"][-1] + 1
        self._names = [each[0].target.attname for each in compiler.select[self._begin : self._end]]
        populators: Any = get_related_populators
        self._populators = populators(info, compiler.select, self._alias)
        self._annotations: dict[str, int] = compiler.annotation_col_map or {}

    def _made_of(self, row: list[Any]) -> Any:
        made = self._model.from_db(self._alias, self._names, row[self._begin : self._end])
        for populator in self._populators:
            populator.populate(row, made)
        for name, position in self._annotations.items():
            setattr(made, name, row[position])
        return made


class prepared(Generic[P, R]):  # noqa: N801  a decorator
    """Decorate a function that returns a queryset of objects or of tuples; calls return a list of them."""

    def __init__(self, build: Callable[P, models.QuerySet[Any, R]]) -> None:
        update_wrapper(self, build)
        self._build, self._signature = build, inspect.signature(build)
        self._by_vendor: dict[str, tuple[_Statement, _Tuples]] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        statement, reader = self._by_vendor.get(connection.vendor) or self._prepare()
        with connection.cursor() as cursor:
            statement.execute(cursor, self._signature.bind(*args, **kwargs).arguments)
            return list(reader.read(cursor.fetchall()))

    def _prepare(self) -> tuple[_Statement, _Tuples]:
        build: Callable[..., Any] = self._build
        rows = build(*_placeholders(self._signature))
        compiler = rows.query.get_compiler(using=connection.alias)
        statement = _Statement(compiler)  # first, because it tells the compiler what is selected
        reader = _Objects(compiler) if issubclass(rows._iterable_class, ModelIterable) else _Tuples(compiler)
        self._by_vendor[connection.vendor] = statement, reader
        return self._by_vendor[connection.vendor]


class prepared_update(Generic[P]):  # noqa: N801  a decorator
    """Decorate a function that returns a queryset and the values for its rows; calls return the number of rows."""

    def __init__(self, build: Callable[P, tuple[models.QuerySet[Any], dict[str, Any]]]) -> None:
        update_wrapper(self, build)
        self._build, self._signature = build, inspect.signature(build)
        self._by_vendor: dict[str, _Statement] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> int:
        statement = self._by_vendor.get(connection.vendor) or self._prepare()
        with connection.cursor() as cursor:
            statement.execute(cursor, self._signature.bind(*args, **kwargs).arguments)
            return int(cursor.rowcount)

    def _prepare(self) -> _Statement:
        build: Callable[..., Any] = self._build
        rows, values = build(*_placeholders(self._signature))
        query = rows.query.chain(UpdateQuery)
        query.add_update_values(values)
        statement = _Statement(query.get_compiler(using=connection.alias))
        self._by_vendor[connection.vendor] = statement
        return statement


def _placeholders(signature: inspect.Signature) -> list[Any]:
    return [Placeholder(each.name, each.annotation) for each in signature.parameters.values()]
