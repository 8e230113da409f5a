"""Actions that need something that is there, and say what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.circle_admin.conftest import Admin

ABSENT = 999_999


@pytest.fixture
def there(admin: Admin) -> dict[str, Any]:
    """What a request may name: of each kind, one that is there."""
    return {
        "lesson": admin.rows("/course_lessons")[0]["id"],
        "post": admin.rows("/posts")[0]["id"],
        "segment": admin.rows("/community_segments")[0]["id"],
        "member": admin.rows("/community_members")[0]["id"],
        "email": admin.rows("/community_members")[0]["email"],
    }


@pytest.mark.parametrize(
    ("asked", "body", "status"),
    [
        pytest.param("PUT /course_lesson_progress", {}, 200, id="progress"),
        pytest.param("PUT /course_lesson_progress", {"lesson_id": ABSENT}, 404, id="no_lesson"),
        pytest.param("PUT /course_lesson_progress", {"member_email": "nobody@example.com"}, 404, id="no_member"),
        pytest.param("PUT /course_lesson_progress", {"status": "nearly"}, 400, id="no_status"),
        pytest.param("DELETE /posts/{post}/post_followers?community_member_id={member}", None, 200, id="unfollow"),
        pytest.param("DELETE /posts/999999/post_followers?community_member_id={member}", None, 404, id="no_post"),
        pytest.param("DELETE /posts/{post}/post_followers?community_member_id=999999", None, 404, id="nobody"),
        pytest.param("POST /community_segments/{segment}/duplicate?title=Two", None, 200, id="duplicate"),
        pytest.param("POST /community_segments/{segment}/duplicate", None, 422, id="no_title"),
    ],
)
def test_an_action_is_done_only_where_all_that_it_needs_is_there(
    admin: Admin, there: dict[str, Any], asked: str, body: dict[str, Any] | None, status: int
) -> None:
    whole = {"lesson_id": there["lesson"], "member_email": there["email"], "status": "completed"}

    method, address = asked.format(**there).split()
    reply = admin.call(method, address, None if body is None else {**whole, **body})

    assert reply.status == status, reply.body
