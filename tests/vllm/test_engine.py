"""The engine back end against the real vLLM, with a model that writes noise."""

import copy
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from risk.casefile import CaseFile
from risk.errors import BackendError
from risk.reasoning import prompt
from risk.reasoning.backends.base import Answered, Failed, Failure, Outcome, Request
from risk.reasoning.backends.engine import EngineBackend, EngineSettings
from risk.reasoning.backends.under_way import Limits, answer
from risk.reasoning.claims import answer_schema
from risk.reasoning.findings import Check, Finding
from risk.reasoning.profiles import Profile
from risk.reasoning.reasoner import reason

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("vllm") is None,
    reason="vLLM is not in this environment; `make test-vllm` has one of its own",
)

CONCURRENCY = 8
WIDE = Limits(concurrency=CONCURRENCY)
MALFORMED = Finding(check=Check.FORM, detail="malformed", words="prose-around-json")


@pytest.fixture(scope="module")
def backend(model: Path, profile: Profile) -> Iterator[EngineBackend]:
    """The engine, started once; the last test ends it."""
    settings = EngineSettings(
        model=model, profile=profile, concurrency=CONCURRENCY, enforce_eager=True
    )
    with EngineBackend(settings) as started:
        yield started


@pytest.fixture(scope="module")
def answers(backend: EngineBackend, cases: list[CaseFile]) -> list[tuple[Request, Outcome]]:
    """What the engine said on each case."""
    return list(backend.answer(asked(cases, backend.identity)))


def asked(cases: list[CaseFile], identity: str) -> list[Request]:
    return [Request.of(case, "zh", identity) for case in cases]


def sampling(backend: EngineBackend, **changes: object) -> Any:
    """The engine, asking in another way."""
    twin = copy.copy(backend._engine)
    assert twin is not None
    twin._sampling = twin._sampling.clone()
    for name, value in changes.items():
        setattr(twin._sampling, name, value)
    return twin


def test_every_request_is_answered_once(
    answers: list[tuple[Request, Outcome]], cases: list[CaseFile]
) -> None:
    ids = [request.application_id for request, _ in answers]
    assert sorted(ids) == sorted(case.application_id for case in cases)


def test_an_answer_obeys_the_schema_and_its_thinking_is_split_off(
    answers: list[tuple[Request, Outcome]], profile: Profile
) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    good = [outcome for _, outcome in answers if isinstance(outcome, Answered)]
    assert len(good) > len(answers) / 2
    for outcome in good:
        jsonschema.validate(json.loads(outcome.text), answer_schema())
        assert outcome.text == outcome.text.strip()
        assert outcome.thinking
        assert "think>" not in outcome.thinking
        assert outcome.finish_reason == "stop"
        assert outcome.model == "tiny-distill"
        assert 0 < outcome.answer_tokens <= profile.reply_tokens
        assert outcome.prompt_tokens > 1_000
        assert outcome.seconds > 0


def test_what_is_no_answer_has_a_type(answers: list[tuple[Request, Outcome]]) -> None:
    known = {Failure.TRUNCATED, Failure.REPETITION, Failure.NO_THINKING}
    assert {o.code for _, o in answers if isinstance(o, Failed)} <= known


def test_no_whitespace_stands_between_the_parts_of_an_answer(
    answers: list[tuple[Request, Outcome]],
) -> None:
    for _, outcome in answers:
        if isinstance(outcome, Answered):
            json.loads(outcome.text)
            # Strings may hold blanks, and their escapes any length.
            between = re.sub(r'"(?:[^"\\]|\\.)*"', '""', outcome.text)
            assert re.search(r"\s", between) is None


def test_thinking_ends_at_its_budget(backend: EngineBackend, profile: Profile) -> None:
    engine = backend._engine
    assert engine is not None
    end = engine._tokenizer.convert_tokens_to_ids("</think>")
    turns = [[{"role": "user", "content": f"{n}"}] for n in range(CONCURRENCY)]
    outputs = engine._llm.chat(turns, engine._sampling, use_tqdm=False)
    written = [list(output.outputs[0].token_ids) for output in outputs]
    thoughts = [tokens.index(end) for tokens in written if end in tokens]
    assert len(thoughts) == CONCURRENCY
    assert max(thoughts) in (profile.thinking_tokens - 1, profile.thinking_tokens)


def test_thinking_that_does_not_end_is_no_answer(
    backend: EngineBackend, profile: Profile, cases: list[CaseFile]
) -> None:
    engine = sampling(backend, max_tokens=6, thinking_token_budget=None)
    outcomes = [o for _, o in answer(engine, asked(cases[:8], "i"), profile, WIDE)]
    codes = {o.code for o in outcomes if isinstance(o, Failed)}
    assert len(outcomes) == 8
    assert Failure.UNFINISHED_THINKING in codes  # some may end their thoughts by chance
    assert codes <= {Failure.UNFINISHED_THINKING, Failure.TRUNCATED, Failure.NO_THINKING}


def test_an_answer_that_is_cut_off_is_no_answer(
    backend: EngineBackend, profile: Profile, cases: list[CaseFile]
) -> None:
    engine = sampling(backend, max_tokens=6, thinking_token_budget=2)
    outcomes = [o for _, o in answer(engine, asked(cases[:4], "i"), profile, WIDE)]
    assert [o.code for o in outcomes if isinstance(o, Failed)] == [Failure.TRUNCATED] * 4
    assert all(o.answer_tokens == 6 and o.prompt_tokens for o in outcomes)


def test_a_case_that_does_not_fit_fails_alone(
    backend: EngineBackend, profile: Profile, cases: list[CaseFile]
) -> None:
    first, second = asked(cases[:2], "i")
    long = Request.of(cases[2], "zh", "i", "说" * 20_000, [MALFORMED])
    engine = sampling(backend, max_tokens=6)
    got = {r.digest: o for r, o in answer(engine, [first, long, second], profile, WIDE)}
    outcome = got.pop(long.digest)
    assert isinstance(outcome, Failed)
    assert outcome.code is Failure.TOO_LONG
    assert f"{profile.prompt_tokens} fit" in outcome.detail
    assert len(got) == 2
    assert Failure.TOO_LONG not in {o.code for o in got.values() if isinstance(o, Failed)}


def test_tokens_are_counted_as_the_engine_counts_them(
    backend: EngineBackend, profile: Profile, cases: list[CaseFile]
) -> None:
    engine = sampling(backend, max_tokens=1)
    for request, outcome in answer(engine, asked(cases[:3], "i"), profile, WIDE):
        assert outcome.prompt_tokens == engine.render(prompt.messages(request)).tokens


def test_the_token_budget_is_never_exceeded(
    backend: EngineBackend, profile: Profile, cases: list[CaseFile]
) -> None:
    budget = 20_000
    limits = Limits(CONCURRENCY, token_budget=budget)
    engine = sampling(backend, max_tokens=20)
    got = list(answer(engine, asked(cases, "i"), profile, limits))
    assert len(got) == len(cases)
    used = [o.prompt_tokens + o.answer_tokens for _, o in got]
    assert budget - 2 * (max(used) + profile.reply_tokens) < sum(used) <= budget
    over = [o for _, o in got if isinstance(o, Failed) and o.code is Failure.BUDGET]
    assert len(cases) - 4 <= len(over) < len(cases)


def test_what_runs_out_of_time_fails_and_leaves_the_engine_idle(
    backend: EngineBackend, profile: Profile, cases: list[CaseFile]
) -> None:
    engine = sampling(
        backend, max_tokens=3_000, ignore_eos=True, structured_outputs=None,
        thinking_token_budget=None,
    )  # fmt: skip
    start = time.monotonic()
    limits = Limits(CONCURRENCY, time_budget_s=1.0)
    got = [o for _, o in answer(engine, asked(cases, "i"), profile, limits)]
    assert [o.code for o in got if isinstance(o, Failed)] == [Failure.DEADLINE] * len(cases)
    assert time.monotonic() - start < 30
    assert not engine._llm.llm_engine.has_unfinished_requests()


def test_a_caller_that_goes_away_leaves_the_engine_idle(
    backend: EngineBackend, cases: list[CaseFile]
) -> None:
    going = backend.answer(asked(cases, backend.identity))
    next(going)
    going.close()  # type: ignore[attr-defined]
    assert backend._engine is not None
    assert not backend._engine._llm.llm_engine.has_unfinished_requests()


def test_a_whole_pass_leaves_a_record_of_every_case(
    backend: EngineBackend, cases: list[CaseFile]
) -> None:
    made = list(reason(cases, backend, "zh"))
    assert [r.application_id for r in made] == [case.application_id for case in cases]
    assert all(r.code for r in made if r.status != "answered")
    assert any(r.repaired for r in made)


def test_the_identity_names_the_model_and_not_the_bounds(
    backend: EngineBackend, model: Path
) -> None:
    assert backend.identity.startswith(f"engine/{model.name}/")


QUIET = """
import sys
from pathlib import Path
import psutil
from risk.reasoning.backends.engine import EngineBackend, EngineSettings
from risk.reasoning.findings import Check, Finding
from risk.reasoning.profiles import Profile

if __name__ == "__main__":
    profile = Profile(name="tiny", context_tokens=16_384)
    settings = EngineSettings(model=Path(sys.argv[1]), profile=profile, enforce_eager=True)
    with EngineBackend(settings):
        children = psutil.Process().children(recursive=True)
        held = sum(child.memory_info().rss for child in children)
    left = [c for c in children if c.is_running() and "EngineCore" in " ".join(c.cmdline())]
    print([c.pid for c in children], held, len(left), sep="|")
"""


def test_closing_ends_its_processes_and_the_engine_says_nothing_of_its_own(
    model: Path, tmp_path: Path
) -> None:
    script = tmp_path / "quiet.py"
    script.write_text(QUIET)
    ran = subprocess.run(
        [sys.executable, str(script), str(model)],
        capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    pids, held, left = ran.stdout.strip().split("|")  # nothing else was printed
    assert json.loads(pids)
    assert int(held) > 200 << 20
    assert left == "0"
    end = time.monotonic() + 60  # Python's own resource tracker outlives its parent a little
    while any(Path(f"/proc/{pid}").exists() for pid in json.loads(pids)):
        assert time.monotonic() < end
        time.sleep(0.1)


def test_an_engine_killed_in_the_middle_loses_no_case(
    backend: EngineBackend, cases: list[CaseFile]
) -> None:
    """The last test of the module: it ends the engine."""
    psutil = pytest.importorskip("psutil")
    named = {" ".join(c.cmdline()): c for c in psutil.Process().children(recursive=True)}
    ours = [child for name, child in named.items() if name.startswith("VLLM::")]
    core = next(child for name, child in named.items() if "EngineCore" in name)
    going = backend.answer(asked(cases, backend.identity))
    got = [next(going)]
    core.kill()
    with pytest.raises(BackendError, match="VLLM_LOGGING_LEVEL"):
        got.extend(going)
    lost = [o for _, o in got if isinstance(o, Failed) and o.code is Failure.SERVER_ERROR]
    assert lost
    assert len({request.digest for request, _ in got}) == len(got)
    made = list(reason(cases, backend, "zh"))
    assert [r.application_id for r in made] == [case.application_id for case in cases]
    assert {r.status for r in made} == {"pending"}
    backend.close()
    assert not psutil.wait_procs(ours, timeout=60)[1]
    with pytest.raises(BackendError, match="closed"):
        next(backend.answer(asked(cases, backend.identity)))
