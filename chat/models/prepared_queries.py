"""Queries whose SQL is written once, for those of each reply: writing it takes Django ten times as long as running it.

    @prepared
    def replies_of(message_id: UUID) -> QuerySet[Reply]:
        return Reply.objects.filter(message=message_id).select_related("message")

    replies_of(message.pk)  # a list of replies

The function is called once for each kind of database, with a placeholder for each parameter. So it may not look at its
arguments, and what it returns has to be the same each time, apart from their values: no `timezone.now()` in it.
Arguments are given by position.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, ParamSpec, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import Expression
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import UpdateQuery

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")

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
    """A parameter, whose value is given when the query runs: the argument at this position."""

    def __init__(self, position: int, field: "models.Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.position = position

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class _Statement:
    """SQL, and its parameters, some of which are placeholders."""

    def __init__(self, compiler: Any) -> None:
        self._sql, params = compiler.as_sql()
        self._params = tuple(params)

    def execute(self, cursor: Any, values: Sequence[Any]) -> None:
        connection = cursor.db
        cursor.execute(
            self._sql,
            [
                each.output_field.get_db_prep_save(values[each.position], connection)
                if isinstance(each, Placeholder)
                else each
                for each in self._params
            ],
        )


class _Tuples:
    """Makes tuples of rows, from a compiler that has written its SQL."""

    def __init__(self, compiler: Any) -> None:
        self._converters = compiler.get_converters([each[0] for each in compiler.select])

    def read(self, cursor: Any) -> Iterator[Any]:
        connection = cursor.db
        for row in map(list, cursor.fetchall()):
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


class _Prepared(Generic[P, S]):
    """What is prepared from a function, for each kind of database."""

    def __init__(self, build: Callable[P, Any], fields: "Sequence[models.Field[Any, Any]] | None" = None) -> None:
        """`fields` say of which kind the parameters are, in place of their annotations."""
        self.__doc__ = build.__doc__
        self._build: Callable[..., Any] = build
        self._fields = fields or [FIELDS[each.annotation] for each in inspect.signature(build).parameters.values()]
        self._by_vendor: dict[str, S] = {}

    def _prepared(self, vendor: str) -> S:
        if vendor not in self._by_vendor:
            placeholders = [Placeholder(*numbered) for numbered in enumerate(self._fields)]
            self._by_vendor[vendor] = self._prepare(self._build(*placeholders))
        return self._by_vendor[vendor]

    def _prepare(self, built: Any) -> S:
        raise NotImplementedError


class prepared(_Prepared[P, tuple[_Statement, _Tuples]], Generic[P, R]):  # noqa: N801  a decorator
    """Decorate a function that returns a queryset of objects or of tuples; calls return a list of them."""

    def __init__(
        self,
        build: Callable[P, models.QuerySet[Any, R]],
        fields: "Sequence[models.Field[Any, Any]] | None" = None,
    ) -> None:
        super().__init__(build, fields)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        connection = connections[DEFAULT_DB_ALIAS]
        statement, reader = self._prepared(connection.vendor)
        with connection.cursor() as cursor:
            statement.execute(cursor, args)
            return list(reader.read(cursor))

    def _prepare(self, built: Any) -> tuple[_Statement, _Tuples]:
        compiler = built.query.get_compiler(using=DEFAULT_DB_ALIAS)
        statement = _Statement(compiler)  # first, because it tells the compiler what is selected
        return statement, (_Objects if issubclass(built._iterable_class, ModelIterable) else _Tuples)(compiler)


class prepared_update(_Prepared[P, _Statement]):  # noqa: N801  a decorator
    """Decorate a function that returns a queryset and the values for its rows; calls return the number of rows."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> int:
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            self._prepared(connection.vendor).execute(cursor, args)
            return int(cursor.rowcount)

    def _prepare(self, built: Any) -> _Statement:
        rows, values = built
        query = rows.query.chain(UpdateQuery)
        query.add_update_values(values)
        return _Statement(query.get_compiler(using=DEFAULT_DB_ALIAS))


class PreparedInsert:
    """Inserts objects of one model class, like `bulk_create`. The objects have all values, the id included.

    With `replace`, an object takes the place of a row that has its id.
    """

    def __init__(self, model: type[models.Model], *, replace: bool = False) -> None:
        self._model, self._fields, self._replace = model, model._meta.concrete_fields, replace

    def __call__(self, *objects: models.Model) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        values = ((field, getattr(each, field.attname)) for each in objects for field in self._fields)
        params = [field.get_db_prep_save(value, connection) for field, value in values]
        with connection.cursor() as cursor:
            cursor.execute(self._sql(connection.ops.quote_name, len(objects)), params)
        for each in objects:
            each._state.adding, each._state.db = False, DEFAULT_DB_ALIAS

    def _sql(self, quote: Callable[[str], str], count: int) -> str:
        columns = ", ".join(quote(str(field.column)) for field in self._fields)
        row = f"({', '.join(['%s'] * len(self._fields))})"
        table = quote(self._model._meta.db_table)
        sql = f"INSERT INTO {table} ({columns}) VALUES {', '.join([row] * count)}"  # noqa: S608  names of our own
        return sql + self._replacing(quote) * self._replace

    def _replacing(self, quote: Callable[[str], str]) -> str:
        """As PostgreSQL and SQLite write it."""
        key: Any = self._model._meta.pk
        columns = [quote(str(field.column)) for field in self._fields if field is not key]
        changes = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns)
        return f" ON CONFLICT ({quote(key.column)}) DO UPDATE SET {changes}"
