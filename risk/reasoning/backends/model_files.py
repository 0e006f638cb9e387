"""A digest over a model's folder: cheap, the same on every machine, another for other weights.

It tells whether stored answers came from this model. It is no proof that nobody tampered with the
weights, of which only a sample is read.
"""

import hashlib
from pathlib import Path

from risk.errors import BackendError

# What a model is made of: configuration, tokenizer, chat template, weights. No README, no cache.
_SUFFIXES = frozenset(
    (".json", ".jinja", ".txt", ".model", ".tiktoken", ".safetensors", ".bin", ".pt", ".gguf")
)
_WHOLE = 32 << 20  # files up to here are read whole, every tokenizer among them
_BLOCK = 64 << 10
_BLOCKS = 16


def model_digest(folder: Path) -> str:
    """SHA-256 over the names, sizes and contents of a model's files.

    Of a file above 32 MiB, 17 blocks are read: the first holds the names and shapes of the
    tensors, and any fine-tuning changes values in the others. 700 GB take about a second.

    Raises:
        BackendError: The folder holds no model.
    """
    if not (folder / "config.json").is_file():
        raise BackendError(f"no model in {folder}: it has no config.json; name a model's folder")
    total = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.suffix in _SUFFIXES and file.is_file():
            total.update(f"{file.name}\0{file.stat().st_size}\0{_digest(file)}\0".encode())
    return total.hexdigest()


def _digest(file: Path) -> str:
    size = file.stat().st_size
    if size <= _WHOLE:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    found = hashlib.sha256()
    with file.open("rb") as opened:
        for at in range(_BLOCKS + 1):
            opened.seek((size - _BLOCK) * at // _BLOCKS)
            found.update(opened.read(_BLOCK))
    return found.hexdigest()
