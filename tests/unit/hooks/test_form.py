"""The form of older Airflow says the same as the provider's metadata."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from types import ModuleType
from typing import Any, ClassVar

import pytest

from airflow_provider_circle.get_provider_info import get_provider_info
from airflow_provider_circle.hooks.form import form_behaviour, form_widgets

TYPES: dict[str, dict[str, Any]] = {
    described["connection-type"]: described for described in get_provider_info()["connection-types"]
}
FIELDS = [
    pytest.param(conn_type, name, described, id=f"{conn_type}.{name}")
    for conn_type, form in TYPES.items()
    for name, described in form["conn-fields"].items()
]


class Optional:
    """Stands in for the validator that lets a field stay empty."""


class Field:
    """Stands in for a field of the form library."""

    reads: ClassVar[Callable[[str], Any]] = str

    def __init__(
        self,
        label: str,
        validators: Iterable[Any] = (),
        description: str = "",
        widget: object = None,
        default: object = None,
    ) -> None:
        self.label = label
        self.validators = list(validators)
        self.description = description
        self.widget = widget
        self.default = default

    def accepts(self, text: str) -> bool:
        """Whether the form can be saved with this text; an unreadable one is forgiven only if it is empty."""
        if not text and any(isinstance(validator, Optional) for validator in self.validators):
            return True
        try:
            type(self).reads(text)
        except ValueError:
            return False
        return True


class StringField(Field):
    pass


class PasswordField(Field):
    pass


class BooleanField(Field):
    reads = bool


class IntegerField(Field):
    reads = int


class FloatField(Field):
    reads = float


class DecimalField(Field):
    reads = float


class TextWidget:
    pass


class PasswordWidget:
    pass


def _module(name: str, **content: Any) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(content)
    return module


@pytest.fixture(autouse=True)
def form_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the stand-ins in the place of a library that newer Airflow does not bring."""
    fields = {kind.__name__: kind for kind in Field.__subclasses__()}
    validators = _module("wtforms.validators", Optional=Optional)
    widgets = _module(
        "flask_appbuilder.fieldwidgets", BS3TextFieldWidget=TextWidget, BS3PasswordFieldWidget=PasswordWidget
    )
    for module in (
        _module("wtforms", validators=validators, **fields),
        validators,
        _module("flask_appbuilder", fieldwidgets=widgets),
        widgets,
    ):
        monkeypatch.setitem(sys.modules, module.__name__, module)


def widget(conn_type: str, name: str) -> Field:
    field = form_widgets(conn_type)[name]
    assert isinstance(field, Field)
    return field


@pytest.mark.parametrize("conn_type", TYPES)
def test_there_is_a_field_for_each_extra_in_the_same_order(conn_type: str) -> None:
    assert list(form_widgets(conn_type)) == list(TYPES[conn_type]["conn-fields"])


@pytest.mark.parametrize(("conn_type", "name", "described"), FIELDS)
def test_a_field_has_the_same_label(conn_type: str, name: str, described: dict[str, Any]) -> None:
    assert widget(conn_type, name).label == described["label"]


@pytest.mark.parametrize(("conn_type", "name", "described"), FIELDS)
def test_a_field_has_the_same_help(conn_type: str, name: str, described: dict[str, Any]) -> None:
    assert widget(conn_type, name).description == described["description"]


@pytest.mark.parametrize(("conn_type", "name", "described"), FIELDS)
def test_a_field_has_the_same_default(conn_type: str, name: str, described: dict[str, Any]) -> None:
    assert widget(conn_type, name).default == described["schema"].get("default")


@pytest.mark.parametrize(("conn_type", "name", "described"), FIELDS)
def test_a_secret_is_masked_and_nothing_else_is(conn_type: str, name: str, described: dict[str, Any]) -> None:
    field, secret = widget(conn_type, name), described["schema"].get("format") == "password"
    assert (isinstance(field, PasswordField), isinstance(field.widget, PasswordWidget)) == (secret, secret)


@pytest.mark.parametrize(("conn_type", "name", "described"), FIELDS)
def test_a_field_that_may_be_empty_can_be_left_empty(conn_type: str, name: str, described: dict[str, Any]) -> None:
    assert widget(conn_type, name).accepts("") or "null" not in described["schema"]["type"]


@pytest.mark.parametrize(("conn_type", "name", "described"), FIELDS)
def test_a_field_for_a_number_takes_a_fraction(conn_type: str, name: str, described: dict[str, Any]) -> None:
    assert widget(conn_type, name).accepts("2.5") or "number" not in described["schema"]["type"]


@pytest.mark.parametrize("conn_type", TYPES)
@pytest.mark.parametrize(
    ("key", "of_metadata"),
    [("hidden_fields", "hidden-fields"), ("relabeling", "relabeling"), ("placeholders", "placeholders")],
)
def test_the_standard_fields_behave_the_same(conn_type: str, key: str, of_metadata: str) -> None:
    assert form_behaviour(conn_type)[key] == TYPES[conn_type]["ui-field-behaviour"][of_metadata]


@pytest.mark.parametrize("conn_type", TYPES)
def test_a_behaviour_says_nothing_else(conn_type: str) -> None:
    assert set(form_behaviour(conn_type)) == {"hidden_fields", "relabeling", "placeholders"}


@pytest.mark.parametrize("conn_type", TYPES)
def test_a_placeholder_belongs_to_a_field_that_is_shown(conn_type: str) -> None:
    behaviour = form_behaviour(conn_type)
    shown = {"host", "schema", "login", "password", "port", "extra"} - set(behaviour["hidden_fields"])
    assert set(behaviour["placeholders"]) <= shown | set(TYPES[conn_type]["conn-fields"])


@pytest.mark.parametrize("conn_type", TYPES)
def test_a_new_label_belongs_to_a_field_that_is_shown(conn_type: str) -> None:
    behaviour = form_behaviour(conn_type)
    assert not set(behaviour["relabeling"]) & set(behaviour["hidden_fields"])


def test_a_type_that_is_not_ours_is_refused() -> None:
    with pytest.raises((ValueError, KeyError)):
        form_behaviour("http")


@pytest.mark.parametrize("described", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize("method", ["get_connection_form_widgets", "get_ui_field_behaviour"])
def test_the_hook_itself_offers_its_form(described: dict[str, Any], method: str) -> None:
    hook = import_module(described["hook-class-name"].rpartition(".")[0])
    hook_class = getattr(hook, described["hook-class-name"].rpartition(".")[2])

    # Airflow before 3.2 looks at the class itself, not at its bases.
    assert method in vars(hook_class)
    assert getattr(hook_class, method)()
