"""A fake R1 behind an OpenAI-compatible address: fast, countable, and broken on demand.

Speaks just enough HTTP/1.1. In a test it runs in a thread of its own; for a benchmark,
`python -m tests.fake_r1.server --latency 1` runs it in a process of its own.
"""

import argparse
import asyncio
import hashlib
import json
import os
import threading
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from tests.fake_r1.faults import Fault, Plan, never
from tests.fake_r1.replies import Replier, Reply, faithful, instance

Shape = Literal["reasoning", "reasoning_content", "inline", "opened", "none"]
MODEL = "fake-r1"
os.environ.setdefault("NO_PROXY", "127.0.0.1")  # a machine's proxy knows nothing of loopback


@dataclass
class Behaviour:
    """How the server behaves; a test may change it while it runs.

    Attributes:
        reply: What the model says.
        plan: What goes wrong.
        latency_s: Time from request to reply.
        shape: Where the thinking is found: in a field of its own, before the answer between its
            marks (`inline`), without the opening mark (`opened`), or nowhere.
        model: The name offered; `models` are checked against it.
        max_model_len: What `/v1/models` says of the context; None where it says nothing.
        api_key: The only one let in; empty lets everybody in.
        schema: Whether the JSON schema is enforced.
        budget: Whether `thinking_token_budget` is.
        cached: Tokens of each prompt said to be cached; None where that is not told.
        lists: Whether `/v1/models` is there.
        one_by_one: Whether replies are made one after the other.
    """

    reply: Replier = faithful
    plan: Plan = never
    latency_s: float = 0.0
    shape: Shape = "reasoning"
    model: str = MODEL
    max_model_len: int | None = 32_768
    api_key: str = ""
    schema: bool = True
    budget: bool = True
    cached: int | None = None
    lists: bool = True
    one_by_one: bool = False


@dataclass
class Counts:
    """What the server has seen.

    Attributes:
        asked: How often each prompt came in.
        answered: How often each prompt was answered whole.
        bodies: The last requests as they came.
        headers: Those of the last request, names in lower case.
        under_way: Requests now waiting for their reply.
        peak: The most of them at once.
        connections: Connections ever opened.
        open: Connections open now.
    """

    asked: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    under_way: int = 0
    peak: int = 0
    connections: int = 0
    open: int = 0


def key_of(messages: object) -> str:
    """A prompt's name in the counts."""
    text = json.dumps([[m["role"], m["content"]] for m in messages], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class FakeServer:
    """The server; use it in a `with` block."""

    def __init__(self, behaviour: Behaviour | None = None, *, keep: int = 50, **more: Any) -> None:
        self.behaviour = behaviour or Behaviour(**more)
        self.counts = Counts()
        self.keep = keep
        self.port = 0
        self.turn = asyncio.Lock()
        self.dead = threading.Event()
        self.transports: set[asyncio.Transport] = set()
        self._listener: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address to give to a client."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def listen(self, port: int = 0) -> None:
        """Open the port on the running loop."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: _Connection(self), "127.0.0.1", port, backlog=2_048
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    def shut(self) -> None:
        """Close the port and cut every connection, as when the process is killed."""
        if self._listener is not None:
            self._listener.close()
        for transport in list(self.transports):
            transport.abort()
        self.dead.set()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake-r1")
        self._thread.start()
        self._do(self.listen())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join(10)
        self._loop.close()

    def kill(self) -> None:
        """Die at once."""
        self._do(self._call(self.shut))

    def revive(self) -> None:
        """Once it is dead, listen again on the same port."""
        if not self.dead.wait(60):
            raise TimeoutError("the server lives")
        self._do(self.listen(self.port))

    async def _end(self) -> None:
        self.shut()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)

    @staticmethod
    async def _call(function: Any) -> None:
        function()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def completion(self, body: dict[str, Any], number: int) -> dict[str, Any]:
        """The chat completion for a request."""
        reply = self.behaviour.reply(body["messages"], number)
        reply = self._bounded(self._forced(reply, body), body)
        choice = {
            "index": 0,
            "message": _message(reply, self.behaviour.shape),
            "finish_reason": reply.finish_reason,
        }
        usage: dict[str, Any] = {
            "prompt_tokens": reply.prompt_tokens,
            "completion_tokens": reply.answer_tokens,
            "total_tokens": reply.prompt_tokens + reply.answer_tokens,
        }
        if self.behaviour.cached is not None:
            usage["prompt_tokens_details"] = {"cached_tokens": self.behaviour.cached}
        return {
            "id": f"chatcmpl-{number}",
            "object": "chat.completion",
            "created": 0,
            "model": self.behaviour.model,
            "choices": [choice],
            "usage": usage,
        }

    def _forced(self, reply: Reply, body: dict[str, Any]) -> Reply:
        """The reply under the request's JSON schema, where that is enforced."""
        asked = body.get("response_format", {}).get("json_schema")
        if not asked or not self.behaviour.schema or reply.content is None:
            return reply
        if reply.content.lstrip().startswith("{"):
            return reply
        return reply._replace(content=json.dumps(instance(asked["schema"])))

    def _bounded(self, reply: Reply, body: dict[str, Any]) -> Reply:
        """The reply with its thinking cut at the request's budget; a word is a token."""
        budget = body.get("thinking_token_budget")
        if budget is None or not self.behaviour.budget or reply.thinking is None:
            return reply
        words = reply.thinking.split(" ")
        if len(words) <= budget:
            return reply
        spared = len(words) - budget
        return reply._replace(
            thinking=" ".join(words[:budget]), answer_tokens=max(reply.answer_tokens - spared, 0)
        )


def _message(reply: Reply, shape: Shape) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.content}
    if reply.thinking is None:
        return message
    if shape in ("reasoning", "reasoning_content"):
        message[shape] = reply.thinking
    elif shape != "none":
        opening = "<think>" if shape == "inline" else ""
        closing = "" if reply.content is None else f"</think>\n\n{reply.content}"
        message["content"] = f"{opening}{reply.thinking}{closing}"
    return message


class _Connection(asyncio.Protocol):
    """One connection of a client; requests come one after the other."""

    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.buffer = bytearray()
        self.transport: asyncio.Transport
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.transports.add(transport)
        self.server.counts.connections += 1
        self.server.counts.open += 1

    def connection_lost(self, error: Exception | None) -> None:
        self.server.transports.discard(self.transport)
        self.server.counts.open -= 1
        for task in self.tasks:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        lines = self.buffer[:end].decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        size = int(headers.get("content-length", 0))
        if len(self.buffer) < end + 4 + size:
            return
        body = bytes(self.buffer[end + 4 : end + 4 + size])
        del self.buffer[: end + 4 + size]
        method, path, _ = lines[0].split(" ")
        task = asyncio.get_running_loop().create_task(self._serve(method, path, headers, body))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _serve(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        behaviour, self.server.counts.headers = self.server.behaviour, headers
        if behaviour.api_key and headers.get("authorization") != f"Bearer {behaviour.api_key}":
            self._send(401, {"error": {"message": "no such key", "code": 401}})
        elif (method, path) == ("GET", "/v1/models") and behaviour.lists:
            offered = {"id": behaviour.model, "object": "model", "owned_by": "fake"}
            if behaviour.max_model_len:
                offered["max_model_len"] = behaviour.max_model_len
            self._send(200, {"object": "list", "data": [offered]})
        elif (method, path) == ("POST", "/v1/chat/completions"):
            await self._complete(json.loads(body))
        else:
            self._send(404, {"detail": "Not Found"})

    async def _complete(self, body: dict[str, Any]) -> None:
        server, counts = self.server, self.server.counts
        if body["model"] != server.behaviour.model:
            message = f"The model `{body['model']}` does not exist."
            self._send(404, {"error": {"message": message, "type": "NotFoundError", "code": 404}})
            return
        number, key = counts.asked.total() if server.keep else -1, key_of(body["messages"])
        if server.keep:
            counts.asked[key] += 1
            counts.bodies = [*counts.bodies[1 - server.keep :], body]
        counts.under_way += 1
        counts.peak = max(counts.peak, counts.under_way)
        try:
            await self._reply(body, number, key)
        finally:
            counts.under_way -= 1

    async def _reply(self, body: dict[str, Any], number: int, key: str) -> None:
        server = self.server
        fault = server.behaviour.plan(number)
        wait = server.behaviour.latency_s + (fault.seconds if fault else 0)
        if wait and server.behaviour.one_by_one:
            async with server.turn:
                await asyncio.sleep(wait)
        elif wait:
            await asyncio.sleep(wait)
        if fault is not None and fault.kind != "slow":
            await self._fail(fault, body, number)
            return
        completion = server.completion(body, number)
        if not self.transport.is_closing():
            self._send(200, completion)
            if server.keep:
                server.counts.answered[key] += 1

    async def _fail(self, fault: Fault, body: dict[str, Any], number: int) -> None:
        whole = json.dumps(self.server.completion(body, number)).encode()
        match fault.kind:
            case "hang":
                await asyncio.Event().wait()
            case "status":
                more = f"Retry-After: {fault.retry_after}\r\n" if fault.retry_after else ""
                error = {"error": {"message": fault.body, "code": fault.status}}
                self._send(fault.status, error, more)
            case "garbage":
                self.transport.write(b"\x00\xff\x13not http\r\n\r\n\x80\x81")
                self.transport.close()
            case "junk":
                self._raw(b"\xff\xfe\x00{]", "application/json")
            case "html":
                self._raw(b"<html><body>gateway</body></html>", "text/html")
            case "truncated-json":
                self._raw(whole[: len(whole) // 2], "application/json")
            case "drop":
                self.transport.write(_head(200, len(whole)) + whole[: len(whole) // 2])
                self.transport.close()
            case "refuse":
                self.transport.abort()
            case "no-choices":
                self._send(200, {**json.loads(whole), "choices": []})
            case "no-message":
                self._send(200, {**json.loads(whole), "choices": [None]})
            case "kill":
                self.server.shut()
            case "endless":
                await self._endless()
            case _:
                raise ValueError(fault.kind)

    async def _endless(self) -> None:
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while not self.transport.is_closing():
            if self.transport.get_write_buffer_size() < 1 << 20:
                self.transport.write(b" " * (1 << 18))
            await asyncio.sleep(0.001)

    def _send(self, status: int, body: dict[str, Any], more: str = "") -> None:
        content = json.dumps(body).encode()
        self.transport.write(_head(status, len(content), more=more) + content)

    def _raw(self, content: bytes, kind: str) -> None:
        self.transport.write(_head(200, len(content), kind) + content)


def _head(status: int, size: int, kind: str = "application/json", more: str = "") -> bytes:
    lines = f"HTTP/1.1 {status} Any\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n"
    return f"{lines}{more}\r\n".encode()


async def _serve_forever(behaviour: Behaviour) -> None:
    server = FakeServer(behaviour, keep=0)
    await server.listen()
    print(server.port, flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Serve until the process is ended; the port is printed first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds a reply takes")
    asked = parser.parse_args()
    asyncio.run(_serve_forever(Behaviour(latency_s=asked.latency)))


if __name__ == "__main__":
    main()
