"""
What every hook of this provider does alike: connection → caller → transport.

A call is written once, as a walk, and marked with :class:`operation` (one answer) or :class:`stream` (a list).
``hook.get_me()`` then blocks and ``await hook.get_me.aio()`` does not; ``for`` and ``async for`` likewise.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import replace
from functools import update_wrapper
from types import TracebackType
from typing import (
    TYPE_CHECKING,
    Any,
    BinaryIO,
    ClassVar,
    Concatenate,
    Generic,
    ParamSpec,
    Self,
    TypeAlias,
    TypedDict,
    TypeVar,
    overload,
)

from airflow.providers.common.compat.sdk import BaseHook

from airflow_provider_circle.core.download import Access, Downloaded, download
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.pacing import Limit, Pace
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.core.traffic import Traffic
from airflow_provider_circle.core.walk import Caller, Emit, Walk, Writable
from airflow_provider_circle.hooks.connection import ConnectionSettings, read_connection
from airflow_provider_circle.hooks.form import form_behaviour, form_widgets
from airflow_provider_circle.hooks.masking import mask_address

if TYPE_CHECKING:
    from airflow_provider_circle.transports.awaiting import AwaitingTransport
    from airflow_provider_circle.transports.blocking import BlockingTransport

__all__ = ["CircleHook", "Fetch", "Patience", "operation", "stream"]

P = ParamSpec("P")
C = TypeVar("C")
T = TypeVar("T")
H = TypeVar("H", bound="CircleHook")

Fetch: TypeAlias = Callable[[str, Callable[[], Writable], str], Downloaded]
"""Fetches a file, given its address, what opens it empty, and what messages call it."""

_paces: dict[tuple[str, str, float | None], Pace] = {}
"""One pace per connection and address in this process: a refusal met by one slows all."""


class Patience(TypedDict, total=False):
    """How patiently a hook calls; the names and meanings of :class:`CircleHook`."""

    request_attempts: int
    request_max_wait_s: float
    sleep: Callable[[float], None]


def _awaiting_transport() -> type[AwaitingTransport]:
    from airflow_provider_circle.transports.awaiting import AwaitingTransport

    return AwaitingTransport


def _mask_if_logged(url: str) -> None:
    """Mask a signed address, if it may be logged: masking thousands of texts would take Airflow minutes."""
    if "?" in url and logging.getLogger("urllib3.connectionpool").isEnabledFor(logging.DEBUG):
        mask_address(url)


class CircleHook(BaseHook):
    """
    Base of the hooks: looks the connection up once, keeps one session, shares one pace.

    :param conn_id: Airflow connection.
    :param request_attempts: how often one request is sent at most; requests that are not safe to repeat, once.
    :param request_max_wait_s: seconds the wait between two attempts may grow to.
    :param sleep: waits for seconds, in blocking calls.
    """

    default_host: ClassVar[str | None]
    default_timeout_s: ClassVar[float]
    default_requests_per_minute: ClassVar[float | None] = None
    default_limit: ClassVar[Limit | None] = None
    token_optional: ClassVar[bool] = False
    conn_type: ClassVar[str]
    _awaiting: ClassVar[type[AwaitingTransport] | None] = None

    def __init__(
        self,
        conn_id: str,
        *,
        request_attempts: int = RetryPolicy().attempts,
        request_max_wait_s: float = RetryPolicy().max_wait_s,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__()
        self.conn_id = conn_id
        self._retry = RetryPolicy(attempts=request_attempts, max_wait_s=request_max_wait_s)
        self._sleep = sleep
        self._settings: ConnectionSettings | None = None
        self._transport: BlockingTransport | None = None
        self._called_by: Caller | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Leave calls and the session out of a copy: they are bound to this hook."""
        kept = {name: value for name, value in self.__dict__.items() if not isinstance(value, Operation | Stream)}
        return {**kept, "_transport": None, "_called_by": None}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Give the class its form: Airflow before 3.2 asks the class itself, not its bases."""
        super().__init_subclass__(**kwargs)
        if "hook_name" in cls.__dict__:
            for name in ("get_connection_form_widgets", "get_ui_field_behaviour"):
                setattr(cls, name, CircleHook.__dict__[name])

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Build the form's extra fields from the provider's metadata."""
        return form_widgets(cls.conn_type)

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Take the form's labels and placeholders from the provider's metadata."""
        return form_behaviour(cls.conn_type)

    def service(self, settings: ConnectionSettings) -> Service:
        """Describe the vendor's API as this connection reaches it."""
        raise NotImplementedError

    @property
    def settings(self) -> ConnectionSettings:
        """
        The connection, checked; looked up at the first use.

        :raises ValueError: the connection is unusable, and why.
        """
        if self._settings is None:
            connection = self.get_connection(self.conn_id)
            self._settings = self._read(connection, connection.extra_dejson)
        return self._settings

    def twin(self) -> Self:
        """
        Build another hook over the same, already checked connection, with a session of its own.

        For a signal handler: it looks nothing up and shares nothing with the code it interrupts.
        """
        hook = type(self)(
            self.conn_id, request_attempts=self._retry.attempts, request_max_wait_s=self._retry.max_wait_s
        )
        hook._settings = self._settings  # noqa: SLF001  one of ours
        return hook

    def close(self) -> None:
        """Close the session of the blocking calls."""
        if self._transport is not None:
            self._transport.__exit__(None, None, None)
            self._transport = None

    def __enter__(self) -> Self:
        """Use the hook and close its session afterwards."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the session of the blocking calls."""
        self.close()

    def blocking(self) -> tuple[BlockingTransport, Caller]:
        """Open, once, what blocking calls go through."""
        if self._transport is None:
            from airflow_provider_circle.transports.blocking import BlockingTransport

            self._transport = BlockingTransport(verify=self.settings.verify, sleep=self._sleep, say=self.log.info)
        return self._transport, self._caller(self.settings)

    def download(self, url: str, into: Callable[[], BinaryIO]) -> None:
        """
        Fetch a file from an address that the service gave out. The token stays here.

        :param into: opens the file to write, empty; called anew when what came of it cannot be continued.
        :raises CircleError: the last refusal.
        """
        transport, caller = self.blocking()
        transport.run(download(caller, url, into, access=Access(hide=mask_address)))

    @contextmanager
    def downloads(self, access: Access, sleep: Callable[[float], None] | None = None) -> Iterator[Fetch]:
        """
        Open a session of its own for many files, one after the other; for a thread beside others.

        :param access: who is told the token, and what to do when turned away.
        :param sleep: waits for seconds; the hook's own where left out.
        """
        from airflow_provider_circle.transports.blocking import BlockingTransport

        settings, wait = self.settings, sleep or self._sleep
        access = replace(access, hide=_mask_if_logged)
        with BlockingTransport(verify=settings.verify, sleep=wait, say=self.log.info) as transport:
            caller = self._caller(settings)
            yield lambda url, into, name: transport.run(download(caller, url, into, name=name, access=access))

    def pull(self, walk: Callable[[Caller], Walk[None]], traffic: Traffic) -> Generator[Emit, None, None]:
        """
        Obey a walk beside the calling thread, and yield its pages as they come.

        For a worker: pages are fetched ahead while the ones before are dealt with.

        :param walk: makes the walk.
        :param traffic: counted up with every request.
        """
        from airflow_provider_circle.transports.aside import aside

        settings = self.settings
        return aside(lambda: self._pages(walk, settings, traffic))

    async def _pages(
        self, walk: Callable[[Caller], Walk[None]], settings: ConnectionSettings, traffic: Traffic
    ) -> AsyncGenerator[Emit, None]:
        from airflow_provider_circle.transports.awaiting import AwaitingTransport

        async with (
            AwaitingTransport(verify=settings.verify, say=self.log.info, traffic=traffic) as transport,
            aclosing(transport.batches(walk(self._caller(settings)))) as batches,
        ):
            async for batch in batches:
                yield batch

    async def look_up(self) -> ConnectionSettings:
        """
        Look the connection up, at the first call, without blocking the event loop.

        :raises ValueError: the connection is unusable, and why.
        """
        if self._settings is None:
            from airflow.providers.common.compat import connection as compat

            connection = await compat.get_async_connection(self.conn_id)
            # Airflow 3.3 masks what it finds among the extras, and must not do so synchronously in an event loop.
            decode = getattr(compat, "get_async_extra_dejson", None)
            self._settings = self._read(connection, await decode(connection) if decode else connection.extra_dejson)
        return self._settings

    async def awaiting(self) -> tuple[AwaitingTransport, Caller]:
        """Prepare what awaited calls go through; to be entered before use."""
        settings = await self.look_up()
        if CircleHook._awaiting is None:
            # The HTTP library takes longer to import than others in the event loop may be kept waiting.
            CircleHook._awaiting = await asyncio.to_thread(_awaiting_transport)
        return CircleHook._awaiting(verify=settings.verify, say=self.log.info), self._caller(settings)

    def _read(self, connection: Any, extras: Mapping[str, Any]) -> ConnectionSettings:
        return read_connection(
            self.conn_id,
            connection,
            extras,
            default_host=self.default_host,
            default_timeout_s=self.default_timeout_s,
            token_optional=self.token_optional,
        )

    def _caller(self, settings: ConnectionSettings) -> Caller:
        if self._called_by is None:
            self._called_by = self._new_caller(settings)
        return self._called_by

    def _new_caller(self, settings: ConnectionSettings) -> Caller:
        service = self.service(settings)
        rate = settings.requests_per_minute or self.default_requests_per_minute
        key = settings.conn_id, service.base_url, rate
        pace = _paces.get(key)
        if pace is None:
            # Two threads may come here at once, and must leave with the same one.
            pace = _paces.setdefault(key, Pace(rate, limit=self.default_limit))
        return Caller(service, time.time, random.random, self._retry, pace)


class _Marked(Generic[H, P, T]):
    """Holds a walk as a method of a hook."""

    def __init__(self, walk: Callable[Concatenate[H, Caller, P], Walk[T]]) -> None:
        self._walk = walk
        self._name = walk.__name__
        update_wrapper(self, walk)  # type: ignore[arg-type]

    def _keep(self, hook: H, call: C) -> C:
        """Have a hook keep what was bound to it, unless another method of that name is in front of this one."""
        if getattr(type(hook), self._name, None) is self:
            hook.__dict__[self._name] = call
        return call


class operation(_Marked[H, P, T]):  # noqa: N801  a decorator
    """Marks a walk with one answer as a call of a hook."""

    @overload
    def __get__(self, hook: None, owner: type[H]) -> Self: ...
    @overload
    def __get__(self, hook: H, owner: type[H]) -> Operation[P, T]: ...
    def __get__(self, hook: H | None, owner: type[H]) -> Self | Operation[P, T]:
        """Bind to a hook."""
        return self if hook is None else self._keep(hook, Operation(hook, self._walk))


class stream(_Marked[H, P, None]):  # noqa: N801  a decorator
    """Marks a walk that emits records as a call of a hook."""

    @overload
    def __get__(self, hook: None, owner: type[H]) -> Self: ...
    @overload
    def __get__(self, hook: H, owner: type[H]) -> Stream[P]: ...
    def __get__(self, hook: H | None, owner: type[H]) -> Self | Stream[P]:
        """Bind to a hook."""
        return self if hook is None else self._keep(hook, Stream(hook, self._walk))


class Operation(Generic[P, T]):
    """A call of a hook: blocks when called, awaits as ``.aio``."""

    def __init__(self, hook: H, walk: Callable[Concatenate[H, Caller, P], Walk[T]]) -> None:
        self._hook = hook
        self._walk: Callable[..., Walk[T]] = walk
        update_wrapper(self, walk)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Make the call and block until there is an answer."""
        transport, caller = self._hook.blocking()
        return transport.run(self._walk(self._hook, caller, *args, **kwargs))

    async def aio(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Make the call and await the answer."""
        transport, caller = await self._hook.awaiting()
        async with transport:
            return await transport.run(self._walk(self._hook, caller, *args, **kwargs))


class Stream(Generic[P]):
    """A list of a hook: iterates when called, asynchronously as ``.aio``; pages are asked for as they are used up."""

    def __init__(self, hook: H, walk: Callable[Concatenate[H, Caller, P], Walk[None]]) -> None:
        self._hook = hook
        self._walk: Callable[..., Walk[None]] = walk
        update_wrapper(self, walk)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Iterator[JsonObject]:
        """Iterate over the records."""
        transport, caller = self._hook.blocking()
        return transport.stream(self._walk(self._hook, caller, *args, **kwargs))

    async def aio(self, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[JsonObject, None]:
        """Iterate over the records without blocking the event loop; who leaves early closes it (``aclosing``)."""
        transport, caller = await self._hook.awaiting()
        async with (
            transport,
            aclosing(transport.stream(self._walk(self._hook, caller, *args, **kwargs))) as records,
        ):
            async for record in records:
                yield record
