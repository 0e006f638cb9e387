"""What the fake model says: a small faithful answer read out of the prompt itself.

Knows the prompt only as a model does: by its lines of facts (`risk.reasoning.prompt.told`).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

Messages = Sequence[Mapping[str, str]]

_SCORE = re.compile(r"^(F\d+) \[(?:score|评分)\] .*? \| (raises|lowers|推高|降低)", re.M)
_SIDES = {"raises": "raises", "lowers": "lowers", "推高": "raises", "降低": "lowers"}
_DRIVES = {
    "raises": "{{{fact}.label}} raises the risk.",
    "lowers": "{{{fact}.label}} lowers the risk.",
    "推高": "{{{fact}.label}}推高风险。",
    "降低": "{{{fact}.label}}降低风险。",
}
_MISSING = {"opinion": {"no_opinion": "too-little-information"}}
_MOST = 3


class Reply(NamedTuple):
    """What the model wrote; `thinking` None where it does not think at all."""

    content: str | None
    thinking: str | None = "The facts speak for themselves."
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    answer_tokens: int = 0


Replier = Callable[[Messages, int], Reply]


def faithful(messages: Messages, number: int) -> Reply:
    """The drivers of the score as claims; an empty answer where the prompt holds no case."""
    prompt = messages[0]["content"]
    found = _SCORE.findall(prompt)[:_MOST]
    claims = [
        {
            "kind": "score_driver",
            "direction": _SIDES[side],
            "facts": [fact],
            "sentence": _DRIVES[side].format(fact=fact),
            "quotes": [],
        }
        for fact, side in found
    ]
    answer = {"claims": claims, "questions": [], **_MISSING}
    return Reply(
        json.dumps(answer, ensure_ascii=False), prompt_tokens=len(prompt) // 3, answer_tokens=100
    )


def saying(content: str | None, **more: object) -> Replier:
    """A model that says the same whatever it reads."""
    reply = Reply(content)._replace(**more)
    return lambda _messages, _number: reply


def instance(schema: Mapping[str, object], root: Mapping[str, object] | None = None) -> object:
    """The smallest value that a JSON schema allows, as a grammar engine might force it."""
    root = root or schema
    if "$ref" in schema:
        return instance(root["$defs"][str(schema["$ref"]).rsplit("/", 1)[-1]], root)
    if "anyOf" in schema:
        return instance(schema["anyOf"][0], root)
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        return {name: instance(fields[name], root) for name in schema.get("required", ())}
    if kind == "array":
        return [instance(schema["items"], root)] * int(schema.get("minItems", 0))
    return {"string": "", "integer": 0, "number": 0, "boolean": False}.get(str(kind))
