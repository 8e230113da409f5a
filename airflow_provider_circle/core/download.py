"""
Fetching a file from an address that a service gave out, such as a bucket's signed URL.

The address is the key to the file: it is shown nowhere without its query, and what signs in at the service goes along
only where the caller says so. Knows redirects, retries and how a broken transfer goes on; where the file is written,
the caller says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from urllib.parse import urljoin, urlsplit

from airflow_provider_circle.core.loopback import is_loopback
from airflow_provider_circle.core.message import Outcome, Request, Response
from airflow_provider_circle.core.refusal import named, refusal
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.core.walk import Caller, Save, Wait, Walk, Writable
from airflow_provider_circle.exceptions import CircleError, UnexpectedReply, Unreachable

__all__ = ["Access", "Downloaded", "checked_address", "download", "redirected_address"]

_MOST_REDIRECTS = 5
_TIMEOUT_S = 3600.0
"""Seconds one transfer may take; a silence ends it much sooner."""

_PROGRESS_BYTES = 1_048_576
"""An attempt that brought so much of a file that can be continued does not count: large files may break often."""

_RANGE = re.compile(r"bytes (?P<first>\d+)-(?P<last>\d+)/(?P<total>\d+|\*)")
_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
"""It is sent back, so it must be what a header can hold. Source: RFC 9110, 8.8.3"""

_TURNED_AWAY = frozenset({401, 403, 404})

_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
"""A host and its port in which all readers find the same: in ``//a\\@b`` some take ``a`` for the host, others ``b``."""


@dataclass(frozen=True, slots=True)
class Access:
    """
    How to ask for files at addresses that a service gave out.

    :param headers_for: says which headers go to an address; asked anew after each redirect.
    :param advice: what to do when turned away by a host that was sent no such header.
    :param hide: told of each address before it is asked, to keep it out of logs.
    """

    headers_for: Callable[[str], Mapping[str, str]] = field(default=lambda _: {}, repr=False)
    advice: str = ""
    hide: Callable[[str], None] = field(default=lambda _: None, repr=False)


@dataclass(frozen=True, slots=True)
class Downloaded:
    """
    A file that came whole.

    :param size: in bytes.
    :param sha256: 64 hexadecimal digits.
    """

    size: int
    sha256: str


def download(
    caller: Caller, url: str, into: Callable[[], Writable], *, name: str = "", access: Access | None = None
) -> Walk[Downloaded]:
    """
    Fetch a file; when the connection breaks, go on where it broke if the server can, else begin anew.

    It can when it gave the file a strong ETag: the rest is asked for with ``If-Range``, so that a file which changed
    meanwhile comes whole. The size is held against what the server announced.

    :param caller: says how patiently; its service's headers are not sent.
    :param url: absolute; ``http://`` for this machine only. After a break it is asked again, redirects and all, since
        an address it leads to may have lapsed.
    :param into: opens the file, empty; called anew when it begins anew.
    :param name: what messages call the file, in place of its address.
    :raises UnexpectedReply: an address that cannot be one, or too many redirects.
    :raises CircleError: the last refusal.

    Source: RFC 9110, 13.1.5 and 14
    """
    access = access or Access()
    bare = _bare(caller.service)
    file = _Arriving(into)
    attempt = 0
    while True:
        had = file.size
        request, outcome = yield from _asked(caller, url, file, name, access)
        shown = f"{bare.name}: {name}" if name else named(bare, request)
        judged: Outcome | UnexpectedReply = outcome
        error: CircleError
        match outcome:
            case Response(status=status) if 200 <= status < 300:
                if not (flaw := file.flaw()):
                    return Downloaded(file.size, file.sha256)
                judged = error = UnexpectedReply(f"{shown}: {flaw}", status=status)
            case Response(status=416) if "Range" in request.headers:
                file.forget()
                judged = error = UnexpectedReply(f"{shown}: what is missing of the file is not there", status=416)
            case Response():
                error = _refused(caller, request, outcome, name, access)
            case Unreachable():
                error = Unreachable(f"{shown}: {outcome}", sent=outcome.sent)
            case _:
                raise TypeError(f"a walk must be sent the outcome of its request, got {type(outcome).__name__}")
        attempt = 1 if file.continuable and file.size - had >= _PROGRESS_BYTES else attempt + 1
        now_s = caller.clock()
        again_s = caller.retry.next_wait_s(attempt, judged, idempotent=True, now_s=now_s, jitter=caller.jitter())
        if again_s is None or now_s + again_s > caller.until_s:
            raise error
        rest = f", from byte {file.size:,} on" if file.continuable else ""
        yield Wait(again_s, f"{error}; next attempt{rest} in {again_s:.1f} s", retry=True, limited=error.status == 429)


class _Arriving:
    """
    A file as far as it has come.

    :param into: opens it, empty.
    """

    def __init__(self, into: Callable[[], Writable]) -> None:
        self._into = into
        self._file: Writable = _Nowhere()
        self._etag = ""
        self._hash = sha256()
        self._expected: int | None = None
        self._misfit = False
        self.size = 0

    @property
    def continuable(self) -> bool:
        """Whether the server can be asked for the rest."""
        return bool(self._etag) and self.size > 0

    @property
    def sha256(self) -> str:
        """The digest of what has come."""
        return self._hash.hexdigest()

    def flaw(self) -> str:
        """Say what is wrong with a file whose transfer ended well; nothing, mostly."""
        if self._misfit:
            self.forget()
            return "the server sent another part of the file than was asked for"
        if self._expected is not None and self.size != self._expected:
            if self.size > self._expected:
                self.forget()
            return f"{self.size:,} of {self._expected:,} bytes came"
        return ""

    def headers(self) -> dict[str, str]:
        """Ask for all of it, or for the rest; not compressed, so that its size is known and can be continued."""
        asked = {"Accept-Encoding": "identity"}
        if self.continuable:
            asked |= {"Range": f"bytes={self.size}-", "If-Range": self._etag}
        return asked

    def forget(self) -> None:
        """Begin anew with the next reply."""
        self._etag = ""

    def open(self, head: Response) -> Writable:
        """Take the body of a reply: the rest, or all of it anew."""
        length = head.headers.get("content-length", "")
        announced = int(length) if length.isascii() and length.isdigit() else None
        if head.status == 206:
            part = _RANGE.fullmatch(head.headers.get("content-range", "").strip())
            same = head.headers.get("etag", self._etag) == self._etag
            self._misfit = part is None or not (self.continuable and same and int(part["first"]) == self.size)
            if part is None or self._misfit:
                return _Nowhere()
            self._expected = int(part["last"]) + 1 if part["total"] == "*" else int(part["total"])
            return self
        encoded = head.headers.get("content-encoding", "identity").lower() != "identity"
        etag = head.headers.get("etag", "")
        self._misfit = False
        self._etag = "" if encoded or not _STRONG_ETAG.fullmatch(etag) else etag
        self._expected = None if encoded else announced
        self._file = self._into()
        self._hash = sha256()
        self.size = 0
        return self

    def write(self, content: bytes, /) -> int:
        """Take the next piece."""
        self._file.write(content)
        self._hash.update(content)
        self.size += len(content)
        return len(content)


class _Nowhere:
    """Takes what is not wanted."""

    def write(self, content: bytes, /) -> int:
        """Drop it."""
        return len(content)


def _bare(service: Service) -> Service:
    """Describe whoever has the file: not the service, whose way to word errors it does not know."""
    return replace(service, headers={}, read_error=lambda _: "")


def _asked(
    caller: Caller, url: str, file: _Arriving, name: str, access: Access
) -> Walk[tuple[Request, Response | Unreachable]]:
    """Ask once, and follow where it leads."""
    for _ in range(_MOST_REDIRECTS + 1):
        checked = checked_address(caller, url)
        access.hide(checked)
        request = Request("GET", checked, {**access.headers_for(checked), **file.headers()}, None, _TIMEOUT_S)
        outcome = yield Save(request, file.open)
        match outcome:
            case Response(status=301 | 302 | 303 | 307 | 308, headers=headers) if "location" in headers:
                url = redirected_address(caller, url, headers["location"])
            case _:
                return request, outcome
    shown = f"{caller.service.name}: {name}" if name else named(caller.service, request)
    raise UnexpectedReply(f"{shown} was redirected more than {_MOST_REDIRECTS} times")


def _refused(caller: Caller, request: Request, response: Response, name: str, access: Access) -> CircleError:
    """Word a refusal by the file's name, where it has one: an address may be signed."""
    bare = _bare(caller.service)
    error = refusal(bare, request, response, caller.clock())
    text = str(error)
    if name:
        text = text.replace(named(bare, request), f"{bare.name}: {name}, at {urlsplit(request.url).hostname},", 1)
    if access.advice and error.status in _TURNED_AWAY and not access.headers_for(request.url):
        text += f"; {access.advice}"
    return type(error)(text, status=error.status, request_id=error.request_id, retry_after_s=error.retry_after_s)


def redirected_address(caller: Caller, url: str, location: str) -> str:
    """
    Say where a redirect leads.

    :raises UnexpectedReply: to no address.
    """
    try:
        return urljoin(url, location)
    except ValueError:
        raise UnexpectedReply(f"{caller.service.name}: a file was moved to an address that is none") from None


def checked_address(caller: Caller, url: str) -> str:
    """
    Check an address that a service gave out: it names one host plainly, and is asked encrypted or is this machine's.

    :raises UnexpectedReply: it does not, or is no address at all; it is not shown.
    """
    try:
        parts = urlsplit(url)
        # Characters that urlsplit passes over, and others do not.
        host = (parts.hostname or "") if _HOST.fullmatch(parts.netloc) and not set("\t\r\n") & set(url) else ""
    except ValueError:
        host = ""
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise UnexpectedReply(f"{caller.service.name} gave an address for a file that is no https:// address")
    return url
