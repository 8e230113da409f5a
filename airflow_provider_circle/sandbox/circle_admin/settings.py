"""
What there is one of: the community itself, its preferences and settings.

Knows how these objects look at first, and how they are read and changed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circle_admin.bodies import fitting, read_object
from airflow_provider_circle.sandbox.circle_admin.community import Community
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject, refused
from airflow_provider_circle.sandbox.circle_admin.resource import COMMUNITY_ID

__all__ = ["SETTINGS", "SettingsRoutes"]

_FOUNDED = "2025-01-01T00:00:00.000Z"
_COLORS = {"light": "#506CF0", "dark": "#7E92F4"}
_UNSET = [
    "locked_post_cta_heading",
    "locked_post_cta_body",
    "locked_post_cta_button_text",
    "locked_post_cta_button_url",
    "custom_tos",
    "default_existing_member_space_id",
    "default_logged_out_space_id",
    "default_new_member_space_id",
    "private_signup_link_label",
    "private_signup_link_url",
    "reply_to_email",
    "digest_subject",
    "digest_intro",
]
_OFF = [
    "allow_signups_to_public_community",
    "community_switcher_enabled",
    "custom_cta_for_share_links",
    "custom_tos_enabled",
    "white_label",
    "digests_hide_posts",
    "digests_hide_comments",
    "digests_hide_stats",
    "digests_hide_members",
]
_SETTING_OFF = [
    "ios_app_enabled",
    "show_ios_app_banner",
    "deactivate_account_enabled",
    "allow_profile_search_indexing",
    "truncate_post_body_in_email_notifications",
    "hide_emails_on_member_profiles",
    "allow_members_to_go_live",
    "enforce_otp_for_signup",
    "community_activity_notifications_email_enabled",
    "community_activity_notifications_in_app_enabled",
    "desktop_app_community_visibility_enabled",
    "allow_moderator_csv_download",
]

SETTINGS: dict[str, JsonObject] = {
    "community": {
        "id": COMMUNITY_ID,
        "created_at": _FOUNDED,
        "name": "Sandbox Community",
        "locale": "en",
        "slug": "sandbox",
        "default_search_sorting": "relevance",
        "is_private": True,
        "weekly_digest_enabled": True,
        "prefs": {
            "has_posts": True,
            "has_spaces": True,
            "brand_color": _COLORS,
            "brand_text_color": _COLORS,
            "has_invited_member": True,
        },
        "community_setting": {
            "id": 1,
            "created_at": _FOUNDED,
            "updated_at": _FOUNDED,
            "default_space_ids": [],
            "default_logged_out_redirect_type": None,
            "default_logged_out_redirect_id": None,
            **dict.fromkeys(_SETTING_OFF, False),
        },
        **dict.fromkeys(_UNSET),
        **dict.fromkeys(_OFF, False),
    },
    "chat_preferences": {
        "id": 1,
        "messaging_enabled": True,
        "group_messaging_enabled": True,
        "voice_messages_enabled": False,
        "member_to_member_messaging_enabled": True,
    },
    # Unverified: the shapes of the following; the vendor describes them nowhere we could read.
    "connect": {"enabled": False, "description": None},
    "tax_setting": {"enabled": False, "tax_behavior": "exclusive"},
    "payment_method_setting": {"card": True, "apple_pay": False, "google_pay": False},
    "filter_kit_configuration": {"context": "directory", "controls": []},
    "embeds": {},
}
"""At first."""


class SettingsRoutes:
    """The operations on what there is one of."""

    def __init__(self, community: Community) -> None:
        self._community = community

    def routes(self) -> list[Route]:
        """Build the routes, relative to the API's address."""
        return [
            Route("/community", partial(self._show, "community")),
            Route("/community", self._change_community, methods=["PUT"]),
            Route("/chat_preferences", partial(self._change, "chat_preferences"), methods=["PUT"]),
            Route("/settings/connect", partial(self._show, "connect")),
            Route("/settings/connect", partial(self._change, "connect"), methods=["PATCH"]),
            Route("/tax_setting", partial(self._show, "tax_setting")),
            Route("/tax_setting", partial(self._change, "tax_setting"), methods=["PUT"]),
            Route("/payment_method_setting", partial(self._show, "payment_method_setting")),
            Route("/filter_kit_configuration", partial(self._show, "filter_kit_configuration")),
        ]

    async def _show(self, name: str, _request: Request) -> JSONResponse:
        return JSONResponse(self._community.settings[name])

    async def _change(self, name: str, request: Request) -> JSONResponse:
        setting = self._community.settings[name]
        setting.update(fitting(await read_object(request), setting))
        return JSONResponse(setting)

    async def _change_community(self, request: Request) -> JSONResponse:
        body, community = await read_object(request), self._community.settings["community"]
        wanted = _object(body, "community")
        if wanted.get("name", "-") in ("", None):
            raise refused(422, "There was an error saving your changes.", {"name": ["can't be blank"]})
        community.update(fitting({name: value for name, value in wanted.items() if name != "prefs"}, community))
        community["prefs"].update(fitting(_object(wanted, "prefs"), community["prefs"]))
        setting = community["community_setting"]
        setting.update(fitting(_object(body, "community_setting"), setting))
        return JSONResponse(community)


def _object(body: JsonObject, name: str) -> dict[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}
