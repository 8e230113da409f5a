from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject, Outcome, Response
from airflow_provider_circle.exceptions import Invalid, ServiceDown, UnexpectedReply, Unreachable
from airflow_provider_circle.vendors.circa.service import circa_v1
from airflow_provider_circle.vendors.circa.upsert import find_contact, upsert_contact
from tests.unit.vendors.answering import LOST, NOW_S, UNSENT, Answering, Asked, reply

CIRCA = circa_v1("https://app.circa.co", "secret-key")
ADA: JsonObject = {
    "id": "Q29udGFjdC0x",
    "email": "Ada@Example.com",
    "first_name": "Ada",
    "title": None,
    "company": {"id": "Q29tcGFueS0x", "name": "Analytical Engines"},
    "owner": {"id": "VXNlci0x", "first_name": "Aaron", "last_name": "Beier", "email": "admin@example.com"},
    "hot_lead": False,
    "custom_fields": [{"id": "f1", "value": 1}],
}
OTHER: JsonObject = {"id": "Q29udGFjdC0y", "email": "ada@example.com.au"}


class Contacts:
    """
    Circa's contacts, and what happens to what is written.

    :param ignores: the search parameter.
    :param posts: what becomes of each POST: an outcome instead of the usual one; what was posted arrives all the same
        unless it is listed in ``unheard``.
    """

    def __init__(
        self,
        *contacts: JsonObject,
        ignores: bool = False,
        posts: Iterable[Outcome] = (),
        unheard: Iterable[int] = (),
        page_size: int = 25,
    ) -> None:
        self.contacts = list(contacts)
        self.ignores = ignores
        self.posts = list(posts)
        self.unheard = set(unheard)
        self.page_size = page_size
        self.posted = 0

    def __call__(self, asked: Asked) -> Outcome:
        match str(asked):
            case "GET /contacts":
                return self.page(asked)
            case "POST /contacts":
                self.posted += 1
                created = {"id": f"new-{self.posted}", **asked.body}
                if self.posted not in self.unheard:
                    self.contacts.append(created)
                return self.posts.pop(0) if self.posts else reply(created, 201)
            case "PATCH /contacts/Q29udGFjdC0x":
                return reply({**self.contacts[0], **asked.body})
            case route:
                raise AssertionError(route)

    def page(self, asked: Asked) -> Response:
        email = "" if self.ignores else asked.query["email"].lower()
        rows = [row for row in self.contacts if email in str(row["email"]).lower()]
        number = int(asked.query.get("page", 1))
        begin = (number - 1) * self.page_size
        pages = -(-len(rows) // self.page_size)
        pagination = {"current_page": number, "total_pages": pages, "total_entries": len(rows)}
        return reply({"data": rows[begin : begin + self.page_size], "pagination": pagination})


def upsert(contacts: Any, contact: JsonObject, attempts: int = 3) -> tuple[JsonObject, Answering]:
    circa = Answering(CIRCA, contacts, attempts)
    return circa.run(upsert_contact(circa.caller, contact)), circa


def others(count: int) -> list[JsonObject]:
    return [{"id": f"c{number}", "email": f"c{number}@example.com"} for number in range(count)]


def test_a_contact_that_nobody_knows_is_created() -> None:
    done, circa = upsert(Contacts(OTHER), {"email": "ada@example.com", "first_name": "Ada"})

    assert (done["action"], done["contact"]["id"], circa.routes) == (
        "created",
        "new-1",
        ["GET /contacts", "POST /contacts"],
    )


def test_a_known_contact_gets_only_what_differs() -> None:
    done, circa = upsert(Contacts(ADA), {"email": "ada@example.com", "first_name": "Ada", "title": "Countess"})

    assert (done["action"], circa.asked[-1].body, done["contact"]["title"]) == (
        "updated",
        {"title": "Countess"},
        "Countess",
    )


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param({}, id="nothing_but_the_address"),
        pytest.param({"first_name": "Ada"}, id="text"),
        pytest.param({"company": "Analytical Engines"}, id="company_by_name"),
        pytest.param({"owner": "Admin@Example.com"}, id="owner_by_address"),
        pytest.param({"hot_lead": "false"}, id="flag"),
        pytest.param({"title": None}, id="null"),
        pytest.param({"website": None}, id="null_for_missing"),
        pytest.param({"custom_fields": [{"id": "f1", "value": 1}]}, id="custom_fields"),
    ],
)
def test_a_contact_that_is_as_wanted_is_left_alone(attributes: JsonObject) -> None:
    done, circa = upsert(Contacts(ADA), {"email": " ada@example.COM ", **attributes})

    assert (done, circa.routes) == ({"contact": ADA, "action": "unchanged"}, ["GET /contacts"])


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"company": "Other"}, id="company"),
        pytest.param({"owner": "else@example.com"}, id="owner"),
        pytest.param({"hot_lead": True}, id="flag"),
        pytest.param({"company": None}, id="no_company"),
        pytest.param({"karma": 1}, id="unknown_attribute"),
    ],
)
def test_what_differs_is_written(changes: JsonObject) -> None:
    done, circa = upsert(Contacts(ADA), {"email": "ada@example.com", **changes})

    assert (done["action"], circa.asked[-1].body) == ("updated", changes)


def test_a_search_that_is_ignored_finds_the_contact_all_the_same() -> None:
    contacts = Contacts(*others(60), ignores=True)
    contacts.contacts.insert(0, ADA)
    done, circa = upsert(contacts, {"email": "ada@example.com", "title": "Countess"})

    assert (done["action"], circa.routes) == ("updated", ["GET /contacts"] * 3 + ["PATCH /contacts/Q29udGFjdC0x"])


def test_a_list_that_does_not_count_itself_is_believed() -> None:
    page = reply({"data": [OTHER], "pagination": {"total_pages": 1}})
    uncounted = {"GET /contacts": page, "POST /contacts": reply({"id": "new-1"}, 201)}
    done, circa = upsert(lambda asked: uncounted[str(asked)], {"email": "ada@example.com"})

    assert (done["action"], circa.routes) == ("created", ["GET /contacts", "POST /contacts"])


def test_an_address_that_only_begins_alike_is_another() -> None:
    done, _ = upsert(Contacts(OTHER, ignores=True), {"email": "ada@example.com"})

    assert done["action"] == "created"


def test_the_search_names_the_address() -> None:
    _, circa = upsert(Contacts(), {"email": " ada@example.com "})

    assert circa.asked[0].query["email"] == "ada@example.com"


def test_several_contacts_with_the_address_are_an_error_that_names_them() -> None:
    contacts = Contacts(ADA, {**ADA, "id": "Q29udGFjdC05", "email": "ADA@example.com"})
    circa = Answering(CIRCA, contacts)

    with pytest.raises(Invalid, match="2 contacts with the same e-mail address: Q29udGFjdC0x, Q29udGFjdC05"):
        circa.run(upsert_contact(circa.caller, {"email": "ada@example.com"}))
    assert circa.routes == ["GET /contacts"]


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(LOST, id="no_reply"),
        pytest.param(reply({}, 500), id="500"),
        pytest.param(Response(201, {}, b'{"id": "'), id="cut"),
        pytest.param(reply({}, 201), id="without_the_contact"),
    ],
)
def test_a_lost_reply_is_looked_up_and_nothing_created_twice(lost: Outcome) -> None:
    contacts = Contacts(posts=[lost])
    done, _ = upsert(contacts, {"email": "ada@example.com"})

    assert (done["action"], done["contact"]["id"], contacts.posted) == ("created", "new-1", 1)


def test_a_post_that_did_nothing_is_sent_again() -> None:
    contacts = Contacts(posts=[LOST], unheard=[1])
    done, circa = upsert(contacts, {"email": "ada@example.com"})

    assert (done["contact"]["id"], contacts.posted, len(circa.routes)) == ("new-2", 2, 1 + 1 + 3 + 1)


def test_a_post_that_was_never_sent_is_sent_again_at_once() -> None:
    contacts = Contacts(posts=[UNSENT], unheard=[1])
    _, circa = upsert(contacts, {"email": "ada@example.com"})

    assert circa.routes == ["GET /contacts", "POST /contacts", "POST /contacts"]


def test_in_the_end_the_trouble_is_told() -> None:
    contacts = Contacts(posts=[reply({}, 500)] * 2, unheard=[1, 2])

    with pytest.raises(ServiceDown):
        upsert(contacts, {"email": "ada@example.com"}, attempts=2)


def test_a_refused_contact_is_not_sent_again() -> None:
    contacts = Contacts(posts=[reply({"errors": {"email": ["is taken"]}}, 422)], unheard=[1])

    with pytest.raises(Invalid, match="email: is taken"):
        upsert(contacts, {"email": "ada@example.com"})
    assert contacts.posted == 1


def test_a_patch_whose_reply_was_lost_is_repeated() -> None:
    patches: list[Outcome] = [LOST, reply({**ADA, "title": "Countess"})]
    contacts = Contacts(ADA)

    def answer(asked: Asked) -> Outcome:
        return patches.pop(0) if asked.method == "PATCH" else contacts(asked)

    done, _ = upsert(answer, {"email": "ada@example.com", "title": "Countess"})

    assert (done["action"], patches) == ("updated", [])


def test_a_patch_that_answers_nothing_is_told_as_written() -> None:
    contacts = Contacts(ADA)
    done, _ = upsert(
        lambda asked: reply({}) if asked.method == "PATCH" else contacts(asked),
        {"email": "ada@example.com", "title": "Countess"},
    )

    assert done["contact"] == {**ADA, "title": "Countess"}


@pytest.mark.parametrize(
    ("contact", "complaint"),
    [
        pytest.param({"first_name": "Ada"}, r"contact\['email'\] is required", id="no_address"),
        pytest.param({"email": "ada"}, r"contact\['email'\] must be an e-mail address", id="no_such_address"),
        pytest.param({"email": "a@b.c", "company": {}}, r"contact\['company'\] must be", id="company"),
    ],
)
def test_nothing_is_sent_for_a_wrong_contact(contact: JsonObject, complaint: str) -> None:
    circa = Answering(CIRCA, Contacts())

    with pytest.raises(ValueError, match=complaint):
        circa.run(upsert_contact(circa.caller, contact))
    assert circa.asked == []


class Shifting(Contacts):
    """Contacts of which one moves from the second page to the first while they are read, so many times."""

    def __init__(self, *contacts: JsonObject, times: int) -> None:
        super().__init__(*contacts, ignores=True)
        self.times = times

    def page(self, asked: Asked) -> Response:
        answer = super().page(asked)
        if self.times and asked.query.get("page") != "2":
            self.times -= 1
            # The first row leaves the list for its end; row 26 is now on a page that was read.
            self.contacts.append(self.contacts.pop(0))
        return answer


def test_a_contact_that_moved_while_it_was_searched_is_searched_again() -> None:
    contacts = Shifting(*others(25), ADA, times=1)
    found = Answering(CIRCA, contacts)

    assert found.run(find_contact(found.caller, "ada@example.com")) == ADA


def test_nothing_is_created_while_the_contacts_keep_moving() -> None:
    circa = Answering(CIRCA, Shifting(*others(26), times=99))

    with pytest.raises(UnexpectedReply, match="may have been missed; try again"):
        circa.run(upsert_contact(circa.caller, {"email": "ada@example.com"}))
    assert set(circa.routes) == {"GET /contacts"}


def test_a_search_that_fails_after_a_lost_reply_does_not_say_that_nothing_was_written() -> None:
    contacts = Shifting(*others(26), times=0)

    def answer(asked: Asked) -> Outcome:
        if asked.method == "GET":
            return contacts(asked)
        contacts.times = 99
        return LOST

    with pytest.raises(UnexpectedReply, match="may have been missed") as told:
        upsert(answer, {"email": "ada@example.com"})
    assert "nothing was written" not in str(told.value)


class Replacing(Contacts):
    """
    Contacts of which one is deleted and another created between the pages of the first search.

    :param ahead_s: of our clock is Circa's; ``None`` where it does not tell its time.
    """

    def __init__(self, *contacts: JsonObject, ahead_s: float | None = 0.0) -> None:
        super().__init__(*contacts, ignores=True)
        self.ahead_s = ahead_s
        self.replies = 0
        self.counts: list[int] = []

    def page(self, asked: Asked) -> Response:
        answer = super().page(asked)
        self.counts.append(len(self.contacts))
        now = datetime.fromtimestamp(NOW_S + (self.ahead_s or 0.0) + self.replies, UTC)
        self.replies += 1
        if self.replies == 1:
            # Row 26 is now on a page that was read, and the second page is as long as it was.
            del self.contacts[0]
            self.contacts.append({"id": "late", "email": "late@example.com", "created_at": now.isoformat()})
        if self.ahead_s is None:
            return answer
        return replace(answer, headers={**answer.headers, "date": format_datetime(now.replace(microsecond=0), True)})


@pytest.mark.parametrize(
    "ahead_s",
    [
        pytest.param(0.0, id="like ours"),
        pytest.param(3600.0, id="ahead of ours"),
        pytest.param(-3600.0, id="behind ours"),
        pytest.param(None, id="not told"),
    ],
)
def test_a_contact_that_is_created_meanwhile_does_not_hide_one_that_was_missed(ahead_s: float | None) -> None:
    old = [{**row, "created_at": "2026-01-01T00:00:00Z"} for row in [*others(25), ADA, *others(49)[25:]]]
    contacts = Replacing(*old, ahead_s=ahead_s)
    done, circa = upsert(contacts, {"email": "ada@example.com", "first_name": "Ada"})

    assert (contacts.counts[:2], done["action"], done["contact"]["id"], contacts.posted) == (
        [50, 50],
        "unchanged",
        ADA["id"],
        0,
    )
    assert (circa.routes, len(circa.said)) == (["GET /contacts"] * 4, 1)


def test_what_was_created_during_one_search_counts_in_the_next() -> None:
    contacts = Replacing(*({**row, "created_at": "2026-01-01T00:00:00Z"} for row in others(50)))
    done, circa = upsert(contacts, {"email": "ada@example.com"})

    assert (contacts.counts, done["action"], len(circa.said)) == ([50] * 4, "created", 1)


def test_an_unreachable_search_ends_the_upsert() -> None:
    with pytest.raises(Unreachable):
        upsert(lambda _: LOST, {"email": "ada@example.com"})
