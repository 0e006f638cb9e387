"""A model of the distilled architecture with random weights, made in a second.

It reads and writes noise, through the same tokens, chat template and grammar as the real one.
Like the real one it opens no second `<think>` and stops only where its answer is complete.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast, Qwen2ForCausalLM

CONTEXT = 16_384
WIDTH = 128
_BAR, _SPACE = "｜", "▁"
_BEGIN, _END = (
    f"<{_BAR}begin{_SPACE}of{_SPACE}sentence{_BAR}>",
    f"<{_BAR}end{_SPACE}of{_SPACE}sentence{_BAR}>",
)
_USER, _ASSISTANT = f"<{_BAR}User{_BAR}>", f"<{_BAR}Assistant{_BAR}>"
# As R1's: an earlier answer is shown without its thoughts, and the template opens the thinking.
_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}"
    + _USER
    + "{{ m['content'] }}"
    "{% else %}" + _ASSISTANT + "{{ m['content'].split('</think>')[-1] }}" + _END + "{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}" + _ASSISTANT + "<think>\n{% endif %}"
)
# Added to the logits. Thoughts end by themselves about as often as at their budget, and strings in
# an answer after a dozen tokens.
_NEVER = -20.0
_LEANINGS = {
    "</think>": 1.0, '"': 2.0, "<think>": _NEVER,
    _BEGIN: _NEVER, _END: _NEVER, _USER: _NEVER, _ASSISTANT: _NEVER,
}  # fmt: skip
_SENTENCES = (
    "信用风险评分要说明理由，申请人月收入与负债之比。",
    'The applicant\'s income and debt: {"claims": [], "opinion": {"stance": "agree"}}',
)


def make(folder: Path) -> Path:
    """Write the model's files into a folder; the same at every call."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = _tokenizer()
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=256, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=CONTEXT,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        tie_word_embeddings=False,
    )  # fmt: skip
    model = Qwen2ForCausalLM(config)
    with torch.no_grad():
        _lean(model, {tokenizer.convert_tokens_to_ids(t): odds for t, odds in _LEANINGS.items()})
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _lean(model: "Qwen2ForCausalLM", leanings: dict[int, float]) -> None:
    """Make tokens likelier or impossible, whatever came before.

    The architecture has no bias on its output, so the first coordinate is held at one: every
    embedding has it, no layer adds to it, and after the last norm it is the root of the width.
    """
    model.model.embed_tokens.weight[:, 0] = 1.0
    for layer in model.model.layers:
        layer.self_attn.o_proj.weight[0] = 0.0
        layer.mlp.down_proj.weight[0] = 0.0
    model.lm_head.weight[:, 0] = 0.0
    for token, leaning in leanings.items():
        model.lm_head.weight[token, 0] = leaning / WIDTH**0.5


def _tokenizer() -> "PreTrainedTokenizerFast":
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        show_progress=False,
        initial_alphabet=alphabet,
        special_tokens=[_BEGIN, _END, _USER, _ASSISTANT],
    )
    words.train_from_iterator(_SENTENCES, trainer)
    # Not special, as in the real tokenizer: a special token would vanish from the text.
    words.add_tokens(
        [AddedToken(t, special=False, normalized=False) for t in ("<think>", "</think>")]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=words, bos_token=_BEGIN, eos_token=_END, pad_token=_END,
        chat_template=_TEMPLATE,
    )  # fmt: skip
