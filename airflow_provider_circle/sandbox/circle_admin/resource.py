"""
What there is to say about a resource, as values.

Knows the vocabulary of the tables in the modules beside it: shapes, filters, sorts, answers, complaints. How they are
carried out is said by the community and the routes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject, Refused, missing, missing_plainly, refused
from airflow_provider_circle.sandbox.circle_admin.store import Row

if TYPE_CHECKING:
    from airflow_provider_circle.sandbox.circle_admin.community import Community, Parents

__all__ = ["COMMUNITY_ID", "Answer", "Complaint", "Filter", "Make", "Resource", "Shape", "Sort", "Translate"]

COMMUNITY_ID = 1

Predicate: TypeAlias = Callable[[Row], bool]
Shape: TypeAlias = Callable[[Row, "Community"], JsonObject]
Make: TypeAlias = Callable[[int, "Parents"], JsonObject]
Translate: TypeAlias = Callable[[JsonObject, "Community"], JsonObject]


@dataclass(frozen=True, slots=True)
class Filter:
    """
    A query parameter that narrows a list.

    :param read: makes a predicate of the parameter's values, or refuses them.
    :param default: what holds when the parameter is absent.
    """

    read: Callable[[Sequence[str], Community], Predicate]
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of a list; rows that are equal in it go by their id."""

    key: Callable[[Row], Any]
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """
    How something done is answered: with the record itself unless there is a message.

    :param key: where the record goes beside the message.
    :param success: whether ``success`` is said, too.
    """

    status: int = 200
    message: str | None = None
    key: str | None = None
    success: bool = False

    def body(self, record: JsonObject) -> JsonObject:
        """Write the reply."""
        if self.message is None:
            return record
        said: JsonObject = {"success": True} if self.success else {}
        return {**said, "message": self.message} | ({} if self.key is None else {self.key: record})


@dataclass(frozen=True, slots=True)
class Complaint:
    """
    How a body is refused in which something is missing.

    :param details: ``fields``, ``text``, ``validation``, ``message`` or ``empty``: the shape of ``error_details``.
    :param message: ``{}`` stands for what is wrong.
    """

    message: str
    status: int = 422
    details: str = "fields"

    def about(self, name: str) -> Refused:
        """Refuse because a field is blank."""
        problem = f"{name.replace('_', ' ').capitalize()} can't be blank"
        details: dict[str, Any] = {
            "fields": {name: ["can't be blank"]},
            "text": problem,
            "validation": f"Validation failed: {problem}",
            "message": {"message": f"Validation failed: {problem}"},
            "empty": {},
        }
        return refused(self.status, self.message.replace("{}", problem), details[self.details])


@dataclass(frozen=True, slots=True)
class Resource:
    """
    Records of one kind, and what can be done with them over generic routes.

    :param name: as the controls call it, and the table.
    :param path: of the list; what it has in braces is a field of the rows.
    :param what: the vendor's word for one of them when it is missing.
    :param operations: which of ``list``, ``get``, ``create``, ``update`` (PUT), ``patch``, ``delete`` there are.
    :param shape: makes the record of a row; equally named fields of the row replace what it says.
    :param make: fields of the n-th row when rows are made up.
    :param default_sort: one of ``sorts``; newest first without.
    :param wrapper: where in a body the fields are.
    :param required: fields a new one must have.
    :param complaint: how it is refused without them.
    :param translate: makes fields of a body, beyond those the record has itself.
    :param edited: the field an edit behind the service's back changes.
    :param listed: whether lists show a row at all.
    :param parents: field of a row or a body to the table it points into; checked when something is created.
    """

    name: str
    path: str
    what: str
    operations: frozenset[str]
    shape: Shape
    make: Make
    count: int = 0
    keys: tuple[tuple[str, ...], ...] = ()
    groups: tuple[str, ...] = ()
    filters: Mapping[str, Filter] = field(default_factory=dict)
    sorts: Mapping[str, Sort] = field(default_factory=dict)
    default_sort: str | None = None
    wrapper: str | None = None
    required: tuple[str, ...] = ()
    complaint: Complaint = Complaint("{}")
    created: Answer = Answer(201)
    updated: Answer = Answer()
    deleted: Answer = Answer(message="Deleted successfully", success=True)
    translate: Translate | None = None
    edited: str | None = "name"
    listed: Predicate | None = None
    parents: Mapping[str, str] = field(default_factory=dict)
    missing_is_plain: bool = False
    per_page_is_fixed: bool = False

    def missing(self) -> Refused:
        """Refuse because there is no such record."""
        return (missing_plainly if self.missing_is_plain else missing)(self.what)
