"""
Searching, summaries, uploads, embeds and messages: answers made up from what there is.

Knows the shapes of these answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circle_admin.bodies import read_object
from airflow_provider_circle.sandbox.circle_admin.community import Community
from airflow_provider_circle.sandbox.circle_admin.filters import read_number
from airflow_provider_circle.sandbox.circle_admin.lists import envelope, read_page
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject, missing, refused
from airflow_provider_circle.sandbox.circle_admin.spaces import space_stub
from airflow_provider_circle.sandbox.circle_admin.store import Row
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["SearchRoutes"]

_SEARCHED = {
    "members": ("community_members",),
    "posts": ("posts",),
    "comments": ("comments",),
    "spaces": ("spaces",),
    "lessons": ("course_lessons",),
    "events": ("events",),
    "entity_list": ("spaces", "posts"),
    "mentions": ("community_members",),
}
_EVERYTHING = ("community_members", "posts", "comments", "spaces", "course_lessons")
_TYPES = {"community_members": "community_member", "course_lessons": "lesson"}
_UNSUMMARIZED = ("event", "members", "course")
_EMBED_TEXTS = "html title version author_url author_name description provider_url provider_name thumbnail_url"
_EMBED_NUMBERS = "width height thumbnail_width thumbnail_height"


class SearchRoutes:
    """The operations that look at the community as a whole, or hardly at all."""

    def __init__(self, community: Community) -> None:
        self._community = community

    def routes(self) -> list[Route]:
        """Build the routes, relative to the API's address."""
        return [
            Route("/advanced_search", self._search),
            Route("/locations/search", self._locations),
            Route("/paywalls/search", self._paywalls),
            Route("/page_profile_fields", self._page_fields),
            Route("/posts/{post_id}/summary", self._summary),
            Route("/spaces/{space_id}/ai_summaries", self._space_summary),
            Route("/live/rooms/{room_id}/transcripts", self._transcripts),
            Route("/direct_uploads", self._upload, methods=["POST"]),
            Route("/embeds", self._embed, methods=["POST"]),
            Route("/embeds/{sgid}", self._show_embed),
            Route("/messages", self._message, methods=["POST"]),
        ]

    async def _search(self, request: Request) -> JSONResponse:
        query = request.query_params
        tables = _SEARCHED.get(query.get("type", "general"), _EVERYTHING)
        wanted = query.get("query", "").casefold()
        found = [(table, row) for table in tables for row in self._matching(table, wanted)]
        page, per_page = read_page(query)
        return JSONResponse(envelope(found, page, per_page, lambda hit: self._hit(*hit)))

    def _matching(self, table: str, wanted: str) -> Iterator[Row]:
        listed = self._community.resources[table].listed
        for row in self._community.tables[table]:
            text = f"{row.fields.get('name', '')} {row.fields.get('text', '')} {row.fields.get('email', '')}"
            if wanted in text.casefold() and (listed is None or listed(row)):
                yield row

    def _hit(self, table: str, row: Row) -> JsonObject:
        writers: dict[str, Callable[[Row], JsonObject]] = {
            "community_members": self._member_hit,
            "comments": self._comment_hit,
            "spaces": self._space_hit,
            "course_lessons": self._lesson_hit,
        }
        return {
            "id": row.id,
            "type": _TYPES.get(table, table.removesuffix("s")),
            **writers.get(table, self._post_hit)(row),
            "sgid": f"sgid-{row.id}",
        }

    def _member_hit(self, row: Row) -> JsonObject:
        person = self._community.person(row.id)
        return {
            "name": person.name,
            "email": person.email,
            "headline": row.fields.get("headline") or "",
            "avatar_url": None,
            "bio": None,
            "public_uid": person.public_uid,
            "location": None,
            "user_id": person.user_id,
            "highlighted_name": None,
        }

    def _post_hit(self, row: Row) -> JsonObject:
        return {
            "name": row.fields["name"],
            "slug": row.fields.get("slug", ""),
            "url": f"https://sandbox.circle.example/c/{row.id}",
            "created_at": timestamp(row.created_s),
            "status": row.fields.get("status", "published"),
            "highlighted_name": None,
            "cover_image_url": None,
            "body": row.fields.get("text"),
            "highlighted_body": None,
            "starts_at": None,
            "author": self._author(row),
            "space": self._space(row.fields.get("space_id", 0)),
        }

    def _comment_hit(self, row: Row) -> JsonObject:
        post = self._community.tables["posts"].get(row.fields["post_id"])
        fields = {} if post is None else post.fields
        return {
            "body": row.fields.get("text", ""),
            "url": f"https://sandbox.circle.example/c/{row.id}",
            "post_id": row.fields["post_id"],
            "post_slug": fields.get("slug", ""),
            "post_name": fields.get("name", ""),
            "space_id": fields.get("space_id", 0),
            "space_slug": space_stub(self._community, fields.get("space_id", 0))["slug"],
            "parent_comment_id": row.fields.get("parent_comment_id"),
            "highlighted_body": None,
            "author": self._author(row),
        }

    def _space_hit(self, row: Row) -> JsonObject:
        return {**self._space(row.id), "highlighted_name": None, "space_type": row.fields.get("space_type", "basic")}

    def _lesson_hit(self, row: Row) -> JsonObject:
        section = self._community.tables["course_sections"].get(row.fields["section_id"])
        fields = {} if section is None else section.fields
        return {
            "name": row.fields["name"],
            "body": "",
            "status": row.fields.get("status", "draft"),
            "section_name": fields.get("name", ""),
            "section_id": row.fields["section_id"],
            "created_at": timestamp(row.created_s),
            "highlighted_name": None,
            "highlighted_body": None,
            "space": self._space(fields.get("space_id", 0)),
        }

    def _author(self, row: Row) -> JsonObject:
        person = self._community.person(row.fields.get("community_member_id", 0))
        return {"name": person.name, "avatar_url": None, "community_member_id": person.member_id}

    def _space(self, space_id: int) -> JsonObject:
        stub = space_stub(self._community, space_id)
        unset = dict.fromkeys(("emoji", "custom_emoji_url", "custom_emoji_dark_url"))
        return {"id": space_id, "name": stub["name"], "slug": stub["slug"], **unset}

    async def _locations(self, request: Request) -> JSONResponse:
        wanted = request.query_params.get("query", "").casefold()
        return JSONResponse(
            [{"name": name} for name in ("Lisbon", "Nairobi", "São Paulo") if wanted in name.casefold()]
        )

    async def _paywalls(self, request: Request) -> JSONResponse:
        wanted = request.query_params.get("query", "").casefold()
        rows = [row for row in self._community.tables["paywalls"] if wanted in row.fields["name"].casefold()]
        page, per_page = read_page(request.query_params)
        return JSONResponse(envelope(rows, page, per_page, lambda row: self._community.record("paywalls", row)))

    async def _page_fields(self, _request: Request) -> JSONResponse:
        hidden = {"archived", "created_at", "updated_at", "pages"}
        fields = [row for row in self._community.tables["profile_fields"] if not row.fields.get("archived")]
        records = (self._community.record("profile_fields", row) for row in fields)
        return JSONResponse([{k: value for k, value in record.items() if k not in hidden} for record in records])

    async def _summary(self, request: Request) -> JSONResponse:
        post = self._community.tables["posts"].get(read_number(request.path_params["post_id"]))
        if post is None:
            raise missing("post")
        return JSONResponse({"overview": None, "content": f"In short: {post.fields['name']}"})

    async def _space_summary(self, request: Request) -> JSONResponse:
        space = self._community.tables["spaces"].get(read_number(request.path_params["space_id"]))
        if space is None:
            raise missing("space")
        kind = space.fields.get("space_type", "basic")
        if kind in _UNSUMMARIZED:
            raise refused(422, f"Failed to generate response: Space type {kind} not supported", {})
        topic = {"topic_name": "Hellos", "summary": "People say hello.", "contributors": [], "relevant_post_ids": []}
        return JSONResponse({"overview": f"What goes on in {space.fields['name']}", "topics": [topic]})

    async def _transcripts(self, request: Request) -> JSONResponse:
        if self._community.tables["live_rooms"].get(read_number(request.path_params["room_id"])) is None:
            raise missing("Live::Room")
        return JSONResponse({"transcripts": ["Welcome, everybody.", "Bye."]})

    async def _upload(self, request: Request) -> JSONResponse:
        blob = (await read_object(request)).get("blob")
        if not isinstance(blob, dict):
            raise missing("blob")
        key = str(blob.get("key") or "key")
        return JSONResponse(
            {
                "id": 1,
                "key": key,
                "filename": str(blob.get("filename", "")),
                "content_type": str(blob.get("content_type", "")),
                "byte_size": read_number(blob.get("byte_size")),
                "checksum": str(blob.get("checksum", "")),
                "created_at": timestamp(self._community.now()),
                "metadata": {},
                "service_name": "sandbox",
                "signed_id": f"signed-{key}",
                "attachable_sgid": f"sgid-{key}",
                "direct_upload": {"url": f"https://uploads.example/{key}", "headers": {"Content-Type": "image/png"}},
                "url": f"https://sandbox.circle.example/blobs/{key}",
            }
        )

    async def _embed(self, request: Request) -> JSONResponse:
        url = str((await read_object(request)).get("url", ""))
        if not url.startswith(("http://", "https://")):
            raise refused(422, f"Unsupported URL: {url}", {})
        sgid = hashlib.sha256(url.encode()).hexdigest()[:16]
        embeds = self._community.settings["embeds"]
        embeds[sgid] = {
            "id": len(embeds) + 1,
            "url": url,
            "sgid": sgid,
            "type": "rich",
            "embed_type": None,
            "embed_provider": "sandbox",
            "circle_embed_url": f"https://sandbox.circle.example/embeds/{sgid}",
            **dict.fromkeys(_EMBED_TEXTS.split()),
            **dict.fromkeys(_EMBED_NUMBERS.split()),
            "title": f"What is at {url}",
        }
        return JSONResponse(embeds[sgid], 201)

    async def _show_embed(self, request: Request) -> JSONResponse:
        sgid = request.path_params["sgid"]
        embeds = self._community.settings["embeds"]
        if sgid not in embeds:
            raise missing("rich text oembed")
        return JSONResponse(embeds[sgid])

    async def _message(self, request: Request) -> JSONResponse:
        body = await read_object(request)
        emails = body.get("user_emails") or [body.get("user_email")]
        known = [self._community.member(str(email or "")) for email in emails]
        if not known or None in known:
            raise refused(422, "Failed to create chat room.", {})
        created = timestamp(self._community.now())
        sent = {"id": 1, "created_at": created, "rich_text_body": body.get("rich_text_body")}
        return JSONResponse({"message": "Message sent", "chat_room_message": sent})
