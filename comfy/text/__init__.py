"""Prompt text to conditioning: weights, tokens, embeddings and the text encoder."""

from comfy.text.encoder import TextEncoder

__all__ = ["TextEncoder"]
