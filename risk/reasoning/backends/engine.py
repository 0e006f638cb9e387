"""vLLM in this process's keeping: answers from a model on the bank's own GPUs, with no server.

The only module that imports vLLM. What is asked when, and under which limits, is `under_way`.
"""

import contextlib
import hashlib
import json
import multiprocessing
import os
import threading
import warnings
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, field_validator
from pydantic import Field as Described

from risk.errors import BackendError
from risk.reasoning import profiles, prompt
from risk.reasoning.backends.allowance import Allowance, Left, no_deadline
from risk.reasoning.backends.base import Outcome, Request
from risk.reasoning.backends.model_files import model_digest
from risk.reasoning.backends.reply import Reply
from risk.reasoning.backends.under_way import (
    EngineDiedError,
    Limits,
    RefusedError,
    Rendered,
    answer,
)
from risk.reasoning.profiles import Profile
from risk.reasoning.question import CASE, Question

# A loop is the same 3 to 64 tokens, 16 times in a row.
_LOOP = {"min_pattern_size": 3, "max_pattern_size": 64, "min_count": 16}

# Read by vLLM when it is imported and by the processes it starts; what is set already stands.
_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",  # a model is a folder; nothing is fetched
    "TORCH_CPP_LOG_LEVEL": "ERROR",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",  # vLLM logs to where our results are printed
    "VLLM_NO_USAGE_STATS": "1",  # vLLM would report to its makers
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",  # a fork would inherit LightGBM's locked threads
}
_SHUTDOWN_S = 30.0


class EngineSettings(BaseModel):
    """Where the model lies, what it may use, and the bounds of each run.

    Attributes:
        model: Folder of the model's files.
        profile: How that kind of model is asked; in TOML the name of a known one will do.
        tensor_parallel_size: GPUs that share the model.
        gpu_memory_utilization: Share of each GPU's memory to take.
        concurrency: Most requests that the engine works on at once.
        enforce_eager: Start faster and answer slower: no graphs are captured.
        token_budget: Tokens read and written over a whole run, never exceeded; None without end.
        time_budget_s: Seconds a whole run may take; None without end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Path
    profile: Profile
    tensor_parallel_size: int = Described(default=1, ge=1)
    gpu_memory_utilization: float = Described(default=0.9, gt=0, le=1)
    concurrency: int = Described(default=256, ge=1)
    enforce_eager: bool = False
    token_budget: int | None = Described(default=None, ge=1)
    time_budget_s: float | None = Described(default=None, gt=0)

    @field_validator("profile", mode="before")
    @classmethod
    def _known(cls, given: object) -> object:
        return profiles.profile(given) if isinstance(given, str) else given


class EngineBackend:
    """Answers requests with vLLM; `close` it, or use it in a `with` block."""

    name = "engine"

    def __init__(
        self, settings: EngineSettings, left: Left = no_deadline, question: Question = CASE
    ) -> None:
        """Load the model, which takes from half a minute to many.

        Args:
            settings: The model and the bounds of all that is asked here.
            left: A deadline beside the time budget of the settings.
            question: What is asked here.

        Raises:
            BackendError: There is no model, vLLM is not installed, or it does not start.
        """
        self._settings, self._question = settings, question
        self._allowance = Allowance(settings.token_budget, settings.time_budget_s, left)
        weights = model_digest(settings.model)
        self._engine: _Engine | None = _Engine(settings, question)
        self.identity = _identity(settings, weights, self._engine.version, question)

    def answer(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        """Answer requests as they finish; see `Backend.answer`.

        Raises:
            BackendError: The engine died, or is closed. What was under way has been yielded as
                failed; what was not asked stays pending.
        """
        yield from self._allowance.counted(self._pass, requests)

    def _pass(self, requests: Iterable[Request | None]) -> Iterator[tuple[Request, Outcome]]:
        if self._engine is None:
            raise BackendError("the engine is closed; make a new one")
        allowed, most = self._allowance, self._settings.concurrency
        limits = Limits(most, allowed.tokens_left, allowed.seconds_left())
        messages = self._question.messages
        yield from answer(self._engine, requests, self._settings.profile, limits, messages)

    def close(self) -> None:
        """End vLLM's processes and give back their memory."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


def _identity(settings: EngineSettings, weights: str, version: str, question: Question) -> str:
    parts = {
        "prompt": question.words(),
        "schema": question.schema(),
        "weights": weights,
        "profile": settings.profile.model_dump(mode="json", exclude={"name"}),
        "loop": _LOOP,
        "vllm": version,
    }
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return f"engine/{settings.model.name}/{digest}"


class _Engine:
    """`vllm.LLM`, reduced to what is used of it."""

    def __init__(self, settings: EngineSettings, question: Question) -> None:
        self._profile, self._model = settings.profile, settings.model.name
        before = multiprocessing.active_children()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._vllm = _import()
            self._llm = _start(self._vllm, settings)
        _wake_when_dead(
            [child for child in multiprocessing.active_children() if child not in before],
            self._llm.llm_engine.engine_core,
        )
        self._tokenizer = self._llm.get_tokenizer()
        self._sampling = _sampling(self._vllm, settings.profile, question)
        self._parser = _parser(self._tokenizer, settings.profile)
        self.version = str(self._vllm.__version__)

    def render(self, messages: Sequence[prompt.Message]) -> Rendered:
        turns = [message._asdict() for message in messages]
        text = self._tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True, **self._profile.template_arguments
        )
        return Rendered(turns, len(self._tokenizer.encode(text, add_special_tokens=False)))

    def ask(self, rendered: Rendered) -> str:
        """Hand a request over; its number comes back."""
        with self._told():
            (number,) = self._llm.enqueue_chat(
                rendered.turns,
                self._sampling,
                use_tqdm=False,
                chat_template_kwargs=dict(self._profile.template_arguments),
            )
        # vLLM adds to its running number what makes it unique, and answers under the number.
        return str(number).partition("-")[0]

    def finished(self) -> Iterator[tuple[str, Reply]]:
        """Let the engine make a step; what it has finished, by number."""
        with self._told():
            outputs = self._llm.llm_engine.step()
        for output in outputs:
            if output.finished:
                yield output.request_id, self._reply(output)

    def _reply(self, output: Any) -> Reply:
        (said,) = output.outputs
        reasoning, content = None, said.text
        # vLLM's own parsers look for a later <think> first and then take the wrong end.
        if self._parser is not None and "</think>" not in said.text:
            reasoning, content = self._parser.extract_reasoning(said.text, None)
        return Reply(
            content=content,
            reasoning=reasoning,
            finish_reason=str(said.finish_reason),
            model=self._model,
            prompt_tokens=len(output.prompt_token_ids),
            answer_tokens=len(said.token_ids),
        )

    def drop(self, numbers: Sequence[str]) -> None:
        if numbers:
            with self._told():
                self._llm.llm_engine.abort_request(list(numbers))

    def close(self) -> None:
        self._llm.llm_engine.engine_core.shutdown(timeout=_SHUTDOWN_S)
        multiprocessing.active_children()  # reaps what has ended

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """vLLM's errors as ours, without their text, which may quote the prompt."""
        try:
            yield
        except (self._vllm.exceptions.VLLMClientError, ValueError) as error:
            raise RefusedError(type(error).__name__) from None
        except (self._vllm.exceptions.VLLMServerError, RuntimeError, OSError) as error:
            raise EngineDiedError(
                f"vLLM stopped ({type(error).__name__}); its own log says why: set "
                "VLLM_LOGGING_LEVEL=INFO and run again, what is not answered is asked then"
            ) from None


def _wake_when_dead(children: list[BaseProcess], core: Any) -> None:
    """Have whoever waits for an answer told when vLLM's process is gone.

    vLLM 0.32 notices, but leaves a step that has begun waiting for ever.
    """

    def watch() -> None:
        connection.wait([child.sentinel for child in children])
        core.outputs_queue.put_nowait(RuntimeError("vLLM's process has ended"))

    if children:
        threading.Thread(target=watch, name="engine watch", daemon=True).start()


def _import() -> Any:
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        import vllm
        import vllm.exceptions
        import vllm.reasoning
        import vllm.sampling_params
    except ModuleNotFoundError as error:
        raise BackendError(
            f"the engine back end needs vLLM ({error.name} is missing); install it with: "
            "pip install mingjian[vllm]"
        ) from error
    return vllm


def _start(vllm: Any, settings: EngineSettings) -> Any:
    try:
        return vllm.LLM(
            model=str(settings.model),
            reasoning_parser=settings.profile.parser,
            # The same wish in the sampling parameters is accepted and ignored (vLLM 0.32).
            structured_outputs_config={"backend": "xgrammar", "disable_any_whitespace": True},
            max_model_len=settings.profile.context_tokens,
            max_num_seqs=settings.concurrency,
            tensor_parallel_size=settings.tensor_parallel_size,
            gpu_memory_utilization=settings.gpu_memory_utilization,
            enforce_eager=settings.enforce_eager,
            use_tqdm_on_load=False,
        )
    except Exception as error:  # vLLM, torch and the model's own code raise what they like
        lines = str(error).splitlines() or [""]
        raise BackendError(
            f"vLLM does not start with {settings.model} ({type(error).__name__}: {lines[0]}); "
            "VLLM_LOGGING_LEVEL=INFO shows its log"
        ) from error


def _sampling(vllm: Any, profile: Profile, question: Question) -> Any:
    parameters = vllm.sampling_params
    return vllm.SamplingParams(
        temperature=profile.temperature,
        top_p=profile.top_p,
        max_tokens=profile.reply_tokens,
        thinking_token_budget=profile.thinking_tokens if profile.parser else None,
        structured_outputs=parameters.StructuredOutputsParams(json=question.schema()),
        repetition_detection=parameters.RepetitionDetectionParams(**_LOOP),
    )


def _parser(tokenizer: Any, profile: Profile) -> Any:
    if not profile.parser:
        return None
    from vllm.reasoning import ReasoningParserManager

    made = ReasoningParserManager.get_reasoning_parser(profile.parser)
    return made(tokenizer, chat_template_kwargs=dict(profile.template_arguments))
