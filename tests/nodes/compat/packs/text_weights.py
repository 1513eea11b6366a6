"""A pack that encodes prompts by rules of its own, network by network, as packs for weights do."""

import comfy.model_management as model_management
import torch
from comfy.sd1_clip import SD1Tokenizer, escape_important, token_weights, unescape_important
from comfy.sdxl_clip import SDXLClipG, SDXLClipModel, SDXLRefinerClipModel


def encode_token_weights_l(model, token_weight_pairs):
    l_out, pooled = model.clip_l.encode_token_weights(token_weight_pairs)
    return l_out, pooled


def encode_token_weights(model, token_weight_pairs, encode_func):
    if model.layer_idx is not None:
        model.cond_stage_model.set_clip_options({"layer": model.layer_idx})
    model_management.load_model_gpu(model.patcher)
    return encode_func(model.cond_stage_model, token_weight_pairs)


class Encode:
    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "encode", ("CONDITIONING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"clip": ("CLIP",), "text": ("STRING",), "how": (["same", "longest", "scaled"],)}}

    def encode(self, clip, text, how):
        tokens = clip.tokenize(text, return_word_ids=True)
        assert not isinstance(clip.cond_stage_model, (SDXLClipModel, SDXLRefinerClipModel, SDXLClipG))
        words = {group for chunk in tokens["l"] for _, _, group in chunk}
        assert words == {0, *range(1, len(words))}
        weights = [[weight for _, weight, _ in chunk] for chunk in tokens["l"]]
        if how == "scaled":
            longest = max(weight for row in weights for weight in row)
            weights = [[weight / longest for weight in row] for row in weights]
        pairs = [
            [(token, weight) for (token, _, _), weight in zip(chunk, row)] for chunk, row in zip(tokens["l"], weights)
        ]
        cond, pooled = encode_token_weights(clip, pairs, encode_token_weights_l)
        if how == "longest":
            plain, _ = encode_token_weights(
                clip, [[(token, 1.0) for token, _ in chunk] for chunk in pairs], encode_token_weights_l
            )
            cond = plain * (cond.mean() / plain.mean())
        return ([[cond, {"pooled_output": pooled}]],)


class Grammar:
    CATEGORY, FUNCTION, RETURN_TYPES = "packs", "run", ("STRING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"clip": ("CLIP",), "text": ("STRING",)}}

    def run(self, clip, text):
        parts = [
            (unescape_important(part), round(weight, 3)) for part, weight in token_weights(escape_important(text), 1.0)
        ]
        tokenizer = clip.tokenizer.clip_l
        pairs = tokenizer.tokenize_with_weights(text)[0]
        pieces = [piece for _, piece in tokenizer.untokenize(pairs) if piece]
        assert SD1Tokenizer().tokenize_with_weights(text)["l"] == [pairs]
        assert tokenizer.tokenizer("a cat")["input_ids"][0] == tokenizer.start_token
        return (f"{parts} {pieces[1:4]}",)


assert torch
NODE_CLASS_MAPPINGS = {"Packs_Encode": Encode, "Packs_Grammar": Grammar}
