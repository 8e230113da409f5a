"""
What every database does in its own way: types, locks, bulk loading, what a table looks like.

Knows SQL and drivers; what is done with the rows is in ``tables.py``. A statement stands for its values with
:data:`VALUE`. Rows are loaded into a temporary table with columns ``c0``, ``c1`` …: nothing of a service's naming
matters there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

from airflow_provider_circle.records.columns import Kind
from airflow_provider_circle.records.names import Place

__all__ = ["STAGED", "VALUE", "Convert", "Database", "Refused", "staged_column"]

STAGED = "circle_staged"
"""The temporary table that rows are loaded into."""
VALUE = "\0"
"""Stands for a value in a statement: no name can hold it."""

Convert: TypeAlias = Callable[[Any], Any]


class Refused(Exception):
    """
    The database refused a row; its own message may hold what is in the row, and stays out of this one.

    :param reason: for people.
    :param column: number of the staged column, where the database said it.
    """

    def __init__(self, reason: str, column: int | None = None) -> None:
        super().__init__(reason)
        self.column = column


def staged_column(number: int) -> str:
    """Name a column of the staged rows."""
    return f"c{number}"


class Database(ABC):
    """
    One connection to a database, in one transaction at a time.

    :param connection: as the driver made it.
    """

    types: ClassVar[Mapping[Kind, str]]
    """The column type for each kind; null has none."""
    staged: ClassVar[str]
    """The temporary table's full name, which no other table can be meant by."""
    distinct: ClassVar[str]
    """Operator: not equal, null being a value like others."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @abstractmethod
    def begin(self) -> None:
        """Begin the transaction that everything is done in."""

    @abstractmethod
    def lock(self, place: Place) -> None:
        """Keep everybody else who lands there out until the transaction ends."""

    @abstractmethod
    def locate(self, schema: str | None, table: str) -> Place:
        """
        Find the schema that a table is in, or would be created in.

        :raises ValueError: there is no such schema.
        """

    @abstractmethod
    def named(self, place: Place) -> tuple[str, str]:
        """Name a table as OpenLineage does: the namespace, which says where the database is, and the name in it."""

    @abstractmethod
    def columns(self, place: Place) -> dict[str, str]:
        """Tell the type of each column, as declared; empty when there is no such table."""

    @abstractmethod
    def converter(self, kind: Kind, declared: str) -> Convert | None:
        """
        Find what makes of values of a kind what a column takes.

        :param declared: the column's type.
        :return: ``None``: they do not fit.
        """

    @abstractmethod
    def stage(self, types: Sequence[str], keys: int, rows: Iterable[Sequence[Any]]) -> None:
        """
        Load rows into the temporary table.

        :param types: of all columns.
        :param keys: how many of them, from the first on, are the key.
        :param rows: values as :meth:`converter` made them, one by one.
        :raises Refused: a value that its column does not take, or a key that is twice or not there.
        """

    @abstractmethod
    def execute(self, statement: str, *values: Any) -> int:
        """
        Run a statement.

        :return: rows it changed.
        :raises Refused: a constraint of the table forbids it.
        """

    @abstractmethod
    def fetch(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a query; all its rows."""

    @abstractmethod
    def orders(self, kind: Kind, declared: str) -> bool:
        """Tell whether such a column's values, compared, say which is the newer."""

    def folded(self, name: str) -> str:
        """Make column names equal that the database takes for equal."""
        return name

    def widened(self, kind: Kind, declared: str) -> str | None:
        """Find the type that a column can be given without loss to take values of a kind, too."""
        return None

    def widen(self, place: Place, column: str, declared: str) -> None:
        """Give a column the type that :meth:`widened` found."""
        raise NotImplementedError

    def commit(self) -> None:
        """Make it last."""
        self._connection.commit()

    def close(self) -> None:
        """Close the connection; what was not committed did not happen."""
        self._connection.close()
