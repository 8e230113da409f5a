"""Who is let in, and how often."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.conftest import TOKEN

from .conftest import V1, Admin


@pytest.mark.parametrize("token", [f"Token {TOKEN}", f"Bearer {TOKEN}", f"bearer {TOKEN}"])
def test_token_is_accepted(admin: Admin, token: str) -> None:
    assert admin.call("GET", "/community", token=token).status == 200


@pytest.mark.parametrize("token", ["", TOKEN, "Token wrong", f"Basic {TOKEN}"])
def test_token_is_refused(admin: Admin, token: str) -> None:
    reply = admin.call("GET", "/community", token=token)
    assert (reply.status, reply.json()) == (
        401,
        {"success": False, "message": "The API token is invalid.", "error_details": {}},
    )


def test_two_thousand_requests_in_five_minutes_are_enough(admin: Admin) -> None:
    statuses = [admin.call("GET", "/tax_setting").status for _ in range(2001)]
    assert (statuses.count(200), statuses[-1]) == (2000, 429)
    admin.sandbox.wait(300)
    assert admin.call("GET", "/tax_setting").status == 200


def test_limit_says_nothing_about_when_to_come_back(admin: Admin) -> None:
    admin.control("limits", requests=1, per_s=10)
    replies = [admin.call("GET", "/community") for _ in range(2)]
    assert [reply.status for reply in replies] == [200, 429]
    assert not any("retry" in name or "limit" in name for name in replies[1].headers)
    admin.sandbox.wait(10)
    assert admin.call("GET", "/community").status == 200


def test_lifted_limit_lets_everything_through(admin: Admin) -> None:
    admin.control("limits", requests=0)
    admin.control("limits", requests=None)
    assert admin.call("GET", "/community").status == 200


def test_quota_counts_refusals_and_begins_anew_each_month(admin: Admin) -> None:
    admin.control("quota", requests=3)
    admin.control("limits", requests=2)
    statuses = [admin.call("GET", path).status for path in ("/posts/7", "/community", "/community", "/community")]
    assert statuses == [404, 200, 429, 429]
    admin.control("limits", requests=None)
    spent = admin.call("GET", "/community")
    assert (spent.status, "monthly" in spent.json()["message"]) == (429, True)
    admin.sandbox.wait(31 * 24 * 3600)
    assert admin.call("GET", "/community").status == 200


def test_limit_holds_for_v1_too(admin: Admin) -> None:
    admin.control("limits", requests=0)
    assert admin.call("GET", "/me", api=V1).status == 429
