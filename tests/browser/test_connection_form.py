"""The connection form as a person meets it: a real browser on a real Airflow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from airflow_provider_circle.sandbox.client import Sandbox
from tests.browser.conftest import Picture
from tools.airflow_instance import AirflowInstance

_FORM_HEIGHT = 920
"""Pixels the form with its standard fields takes."""


def new_connection(airflow: AirflowInstance, page: Page, name: str) -> Page:
    """Open the form for a new connection of a type."""
    page.goto(f"{airflow.url}/connections")
    page.get_by_role("button", name="Add Connection").first.click()
    page.get_by_role("combobox").first.click()
    page.keyboard.type(name)
    page.get_by_role("option", name=name, exact=True).first.click()
    return page


@pytest.fixture
def form(airflow: AirflowInstance, signed_in: Page) -> Page:
    """The form for a new connection to CircleCI."""
    return new_connection(airflow, signed_in, "CircleCI")


@pytest.fixture
def extras(form: Page) -> Page:
    """The same form with its extra fields in sight; the standard ones fold away."""
    form.get_by_role("button", name="Extra Fields", exact=True).click()
    return form


@pytest.mark.parametrize("label", ["CircleCI address", "Personal API token", "Port"])
def test_standard_field_is_shown_under_our_label(form: Page, label: str) -> None:
    expect(form.get_by_label(label, exact=True)).to_be_visible()


@pytest.mark.parametrize("label", ["Default project", "Webhook secret", "Timeout (seconds)", "Verify certificate"])
def test_extra_field_is_shown_under_its_label(extras: Page, label: str) -> None:
    expect(extras.get_by_text(label, exact=True)).to_be_visible()


@pytest.mark.parametrize("label", ["Login", "Schema"])
def test_field_that_means_nothing_here_is_hidden(form: Page, label: str) -> None:
    expect(form.get_by_label("Port", exact=True)).to_be_visible()  # or nothing is there because nothing is there yet
    expect(form.get_by_label(label, exact=True)).to_have_count(0)


def test_token_is_not_shown_while_it_is_typed(form: Page) -> None:
    expect(form.locator("input[name=password]")).to_have_attribute("type", "password")


def test_webhook_secret_is_not_shown_while_it_is_typed(extras: Page) -> None:
    expect(extras.locator("#element_webhook_secret")).to_have_attribute("type", "password")


def test_placeholder_shows_the_default_address(form: Page) -> None:
    expect(form.get_by_label("CircleCI address")).to_have_attribute("placeholder", "https://circleci.com")


def test_help_says_what_a_project_looks_like(extras: Page) -> None:
    expect(extras.get_by_text("gh/<organization>/<repository>")).to_be_visible()


def test_filled_form_is_saved_and_the_button_tests_the_connection(
    airflow: AirflowInstance, form: Page, circle_sandbox: Sandbox, picture: Picture
) -> None:
    form.locator("input[name=connection_id]").fill("circleci_by_hand")
    address = urlsplit(circle_sandbox.circleci_host)
    form.get_by_label("CircleCI address").fill(f"http://{address.hostname}{address.path}")
    form.get_by_label("Port").fill(str(address.port))
    form.get_by_label("Personal API token").fill(circle_sandbox.token)
    picture(form, "connection-circleci", height=_FORM_HEIGHT)
    form.get_by_role("button", name="Extra Fields", exact=True).click()
    form.locator("#element_project_slug").fill("gh/acme/app")
    form.get_by_role("button", name="Save").click()

    row = form.get_by_role("row").filter(has_text="circleci_by_hand")
    expect(row).to_be_visible()
    with form.expect_response("**/connections/test") as answered:
        row.get_by_role("button", name="Test Connection").click()

    assert answered.value.json() == {"status": True, "message": "Connected to CircleCI as sandbox-user"}
    saved = airflow.ask("GET", "/connections/circleci_by_hand")
    assert (saved["conn_type"], saved["port"]) == ("circleci", address.port)
    assert '"project_slug": "gh/acme/app"' in saved["extra"]


@dataclass(frozen=True)
class Form:
    """
    What a person meets who connects to one of the other services.

    :param host: of the sandbox.
    :param fields: labels of the type's own fields.
    """

    name: str
    conn_type: str
    host_label: str
    password_label: str
    host: Callable[[Sandbox], str]
    told: str
    fields: tuple[str, ...] = ()


FORMS = [
    Form("Circa", "circa", "Circa address", "API secret key", lambda s: s.circa_host, "Connected to Circa: 3 teams"),
    Form(
        "Circle community (Admin API)",
        "circle_admin",
        "Circle address",
        "Admin API token",
        lambda s: s.circle_admin_host,
        "Connected to Circle",
        ("API version", "Community"),
    ),
    Form(
        "CircleMe",
        "circleme",
        "API address",
        "Access token",
        lambda s: s.circleme_host,
        "Connected to CircleMe",
    ),
]


@pytest.mark.parametrize("described", FORMS, ids=lambda described: described.conn_type)
def test_every_services_form_is_filled_saved_and_tested(
    airflow: AirflowInstance, signed_in: Page, circle_sandbox: Sandbox, described: Form, picture: Picture
) -> None:
    form = new_connection(airflow, signed_in, described.name)
    connection_id = f"{described.conn_type}_by_hand"
    form.locator("input[name=connection_id]").fill(connection_id)
    address = urlsplit(described.host(circle_sandbox))
    form.get_by_label(described.host_label).fill(f"http://{address.hostname}{address.path}")
    form.get_by_label("Port").fill(str(address.port))
    form.get_by_label(described.password_label).fill(circle_sandbox.token)
    expect(form.locator("input[name=password]")).to_have_attribute("type", "password")
    picture(form, f"connection-{described.conn_type.replace('_', '-')}", height=_FORM_HEIGHT)
    form.get_by_role("button", name="Extra Fields", exact=True).click()
    for label in (*described.fields, "Requests per minute", "Timeout (seconds)", "Verify certificate"):
        expect(form.get_by_text(label, exact=True)).to_be_visible()
    form.get_by_role("button", name="Save").click()

    row = form.get_by_role("row").filter(has_text=connection_id)
    expect(row).to_be_visible()
    with form.expect_response("**/connections/test") as answered:
        row.get_by_role("button", name="Test Connection").click()

    answer = answered.value.json()
    assert answer["status"] is True, answer
    assert answer["message"].startswith(described.told)
