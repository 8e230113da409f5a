"""
What members pay: charges, subscriptions, paywalls and what belongs to these.

Knows the records and lists of these resources. Unverified: their shapes; the vendor describes the parameters only where
we could read, and the names here are taken from those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from airflow_provider_circle.sandbox.circle_admin.community import Community, Parents
from airflow_provider_circle.sandbox.circle_admin.filters import (
    at_least,
    at_most,
    equal,
    one_of,
    read_flag,
    read_number,
)
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject
from airflow_provider_circle.sandbox.circle_admin.resource import Filter, Resource, Sort
from airflow_provider_circle.sandbox.circle_admin.store import Row
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["MONEY"]

_MONTH_S = 30 * 24 * 3600
_NEWEST = "created_at"


def _created_s(row: Row) -> float:
    return row.created_s


def _amount(row: Row) -> float:
    return float(row.fields.get("amount", 0))


def _paid(row: Row) -> float:
    return float(row.fields.get("total_amount_paid", 0))


def _by(field: str) -> Sort:
    return Sort(lambda row: str(row.fields.get(field, "")), reverse=True)


def _paid_by(values: Sequence[str], community: Community) -> Callable[[Row], bool]:
    member = community.member(values[0])
    return lambda row: member is not None and row.fields["community_member_id"] == member.id


def _mentioning(values: Sequence[str], community: Community) -> Callable[[Row], bool]:
    wanted = values[0].casefold()

    def mentions(row: Row) -> bool:
        person = community.person(row.fields["community_member_id"])
        return wanted in f"{person.name} {person.email}".casefold()

    return mentions


def _payer_filters() -> dict[str, Filter]:
    return {
        "query": Filter(_mentioning),
        "member_email": Filter(_paid_by),
        "community_member_id": equal("community_member_id", read_number),
        "community_member_public_uid": equal("public_uid"),
        "currency": equal("currency"),
        "paywall_ids": one_of("paywall_id"),
        "status": one_of("status", str),
        "platform": equal("platform"),
    }


def _payer(number: int, parents: Parents) -> JsonObject:
    member_id = parents.pick("community_members", number * 3)
    return {
        "community_member_id": member_id,
        "public_uid": f"{member_id:08x}",
        "paywall_id": parents.pick("paywalls", number),
        "currency": "eur" if number % 5 == 4 else "usd",
        "platform": "ios" if number % 7 == 6 else "web",
    }


def _make_charge(number: int, parents: Parents) -> JsonObject:
    status = {8: "refunded", 9: "failed"}.get(number % 10, "succeeded")
    return {**_payer(number, parents), "amount": 1000 + number * 250 % 9000, "status": status}


def _payment(row: Row, community: Community) -> JsonObject:
    person = community.person(row.fields.get("community_member_id", 0))
    paywall = community.tables["paywalls"].get(row.fields.get("paywall_id", 0))
    return {
        "id": row.id,
        "community_member_id": 0,
        "community_member_name": person.name,
        "community_member_email": person.email,
        "community_member_public_uid": person.public_uid,
        "paywall_id": 0,
        "paywall_name": "Deleted paywall" if paywall is None else paywall.fields["name"],
        "currency": "usd",
        "platform": "web",
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
    }


def _charge(row: Row, community: Community) -> JsonObject:
    status = str(row.fields.get("status", "succeeded"))
    return {
        **_payment(row, community),
        "amount": 0,
        "status": status,
        "display_status": status.capitalize(),
        "charge_term": "Monthly",
        "processor_id": f"ch_{row.id:08x}",
        "invoice_processor_id": None,
    }


def _make_subscription(number: int, parents: Parents) -> JsonObject:
    return {
        **_payer(number, parents),
        "status": "canceled" if number % 6 == 5 else "active",
        "scheduled_to_cancel": number % 8 == 7,
        "charges_quantity": 1 + number % 12,
        "total_amount_paid": 1000 * (1 + number % 12),
    }


def _subscription(row: Row, community: Community) -> JsonObject:
    return {
        **_payment(row, community),
        "status": "active",
        "scheduled_to_cancel": False,
        "charges_quantity": 1,
        "total_amount_paid": 0,
        "subscription_term": "Monthly",
        "start_date": timestamp(row.created_s),
        "renews_on": timestamp(row.created_s + _MONTH_S),
        "processor_id": f"sub_{row.id:08x}",
    }


def _make_named(number: int, _: Parents) -> JsonObject:
    return {"name": f"Number {number + 1}"}


def _named(row: Row, _: Community) -> JsonObject:
    return {
        "id": row.id,
        "name": "",
        "status": "active",
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
    }


def _simple(name: str, what: str, *operations: str, count: int) -> Resource:
    return Resource(name, f"/{name}", what, frozenset(operations), _named, _make_named, count=count)


MONEY = (
    _simple("paywalls", "paywall", "delete", count=3),
    Resource(
        "community_member_charges",
        "/community_member_charges",
        "charge",
        frozenset({"list"}),
        _charge,
        _make_charge,
        count=40,
        filters={
            **_payer_filters(),
            "amount_gte": at_least(_amount, float),
            "amount_lte": at_most(_amount, float),
            "created_at_gte": at_least(_created_s),
            "created_at_lte": at_most(_created_s),
        },
        sorts={
            "amount": Sort(_amount, reverse=True),
            "charge_term": _by("charge_term"),
            "community_member_name": Sort(lambda row: row.fields["community_member_id"], reverse=True),
            "paywall_name": Sort(lambda row: row.fields["paywall_id"], reverse=True),
            "platform": _by("platform"),
            "display_status": _by("status"),
            _NEWEST: Sort(_created_s, reverse=True),
        },
        edited=None,
    ),
    Resource(
        "community_member_subscriptions",
        "/community_member_subscriptions",
        "subscription",
        frozenset({"list"}),
        _subscription,
        _make_subscription,
        count=20,
        filters={
            **_payer_filters(),
            "scheduled_to_cancel": equal("scheduled_to_cancel", read_flag),
            "total_amount_paid_gte": at_least(_paid, float),
            "total_amount_paid_lte": at_most(_paid, float),
            "start_date_gte": at_least(_created_s),
            "start_date_lte": at_most(_created_s),
        },
        sorts={
            "charges_quantity": Sort(lambda row: row.fields["charges_quantity"], reverse=True),
            "subscription_term": _by("subscription_term"),
            "renews_on": Sort(_created_s, reverse=True),
            "community_member_name": Sort(lambda row: row.fields["community_member_id"], reverse=True),
            "paywall_name": Sort(lambda row: row.fields["paywall_id"], reverse=True),
            "platform": _by("platform"),
            "status": _by("status"),
            _NEWEST: Sort(_created_s, reverse=True),
        },
        edited=None,
    ),
    Resource(
        "paywall_groups",
        "/paywall_groups",
        "paywall group",
        frozenset({"create", "update"}),
        _named,
        _make_named,
        count=1,
        required=("name",),
    ),
    _simple("paywall_affiliates", "paywall affiliate", "list", "patch", count=2),
    _simple("paywall_coupons", "paywall coupon", "delete", count=2),
)
