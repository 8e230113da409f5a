"""Calls about charges and subscriptions: list, refund, cancel, resume."""

from __future__ import annotations

from datetime import datetime

from airflow_provider_circle.core.arguments import checked_text, checked_word
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.core.window import moment_of
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circle_admin_calls.base import CircleAdminCalls
from airflow_provider_circle.vendors.circle_admin.arguments import checked_id
from airflow_provider_circle.vendors.circle_admin.endpoints import charges, subscriptions
from airflow_provider_circle.vendors.circle_admin.filters import iso_moment

__all__ = ["PaymentCalls"]

_LONGEST_REASON = 255
"""Characters of a refund's reason."""


class PaymentCalls(CircleAdminCalls):
    """List and refund charges; list, cancel and resume subscriptions."""

    @stream
    def list_charges(
        self,
        caller: Caller,
        *,
        created_from: str | datetime | None = None,
        created_to: str | datetime | None = None,
        member_email: str | None = None,
        status: str | None = None,
    ) -> Walk[None]:
        """
        List charges, oldest first, 100 per request.

        :param created_from: only those from this moment on, with its zone.
        :param created_to: only those up to this moment.
        :param member_email: only those of members whose address has this in it.
        :param status: such as ``paid`` or ``paid,refunded``.

        Source: https://api.circle.so/apis/admin-api
        """
        within = _within("created_from", created_from, "created_at_gte") | _within(
            "created_to", created_to, "created_at_lte"
        )
        return self.listed(caller, "community_member_charges", within=within, member_email=member_email, status=status)

    @operation
    def refund_charge(
        self, caller: Caller, charge_id: int | str, reason: str, *, amount: int | None = None
    ) -> Walk[JsonObject]:
        """
        Give money back, once: a lost reply is an error, and nothing is sent again.

        :param reason: at most 255 characters; Circle keeps it.
        :param amount: in the currency's smallest unit; all of it where left out.
        :raises CircleError: the reply was lost, as ``Unreachable``, ``ServiceDown`` or
            ``UnexpectedReply``: look at the charge before trying again.

        Source: https://api.circle.so/apis/admin-api
        """
        body: JsonObject = {"reason_details": checked_text("reason", reason)}
        if len(reason) > _LONGEST_REASON:
            raise ValueError(f"reason must be at most {_LONGEST_REASON} characters long, got {len(reason)}")
        if amount is not None:
            if isinstance(amount, bool) or not isinstance(amount, int) or amount < 1:
                raise ValueError(f"amount must be a whole number above 0, in the smallest unit, got {amount!r}")
            body["amount"] = amount
        return self.ask(caller, charges.REFUND_CHARGE, path={"id": checked_id("charge_id", charge_id)}, json=body)

    @stream
    def list_subscriptions(
        self,
        caller: Caller,
        *,
        started_from: str | datetime | None = None,
        started_to: str | datetime | None = None,
        member_email: str | None = None,
        status: str | None = None,
        scheduled_to_cancel: bool | None = None,
    ) -> Walk[None]:
        """
        List subscriptions, in the order they were created, 100 per request.

        :param started_from: only those that began at this moment, with its zone, or later.
        :param started_to: only those that began up to this moment.
        :param member_email: only those of members whose address has this in it.
        :param status: such as ``active`` or ``active,trial``.
        :param scheduled_to_cancel: only those that are about to end, or only the others.

        Source: https://api.circle.so/apis/admin-api
        """
        within = _within("started_from", started_from, "start_date_gte") | _within(
            "started_to", started_to, "start_date_lte"
        )
        return self.listed(
            caller,
            "community_member_subscriptions",
            within=within,
            member_email=member_email,
            status=status,
            scheduled_to_cancel=scheduled_to_cancel,
        )

    @operation
    def cancel_subscription(
        self, caller: Caller, subscription_id: int | str, *, ends_at: str, refund_type: str | None = None
    ) -> Walk[JsonObject]:
        """
        End a subscription.

        :param ends_at: ``now`` or ``at_period_end``.
        :param refund_type: ``prorated`` or ``full``, for one that ends now.
        :return: the subscription.

        Source: https://api.circle.so/apis/admin-api
        """
        body = {"ends_at": checked_word("ends_at", ends_at, "now", "at_period_end")}
        if refund_type is not None:
            body["refund_type"] = checked_word("refund_type", refund_type, "prorated", "full")
            if ends_at != "now":
                raise ValueError("refund_type is for a subscription that ends now, got ends_at 'at_period_end'")
        return self.ask(caller, subscriptions.CANCEL_SUBSCRIPTION, path=_subscription(subscription_id), json=body)

    @operation
    def resume_subscription(self, caller: Caller, subscription_id: int | str) -> Walk[JsonObject]:
        """
        Let a subscription go on that was to end with its period.

        :return: the subscription.
        :raises Invalid: it was not about to end.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, subscriptions.RESUME_SUBSCRIPTION, path=_subscription(subscription_id))


def _subscription(subscription_id: int | str) -> dict[str, str | int]:
    return {"id": checked_id("subscription_id", subscription_id)}


def _within(name: str, moment: str | datetime | None, parameter: str) -> dict[str, str]:
    return {} if moment is None else {parameter: iso_moment(moment_of(name, moment))}
