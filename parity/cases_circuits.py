"""
The residual stream taken apart, logits attributed, heads detected, and circuits in weights, as TransformerLens computes
them on models of other cases (which have to be there): golden/circuits/CASE/ holds the numbers, golden/CASE/model/ the model.
"""

import json
import logging
import shutil

import torch
from transformer_lens import SVDInterpreter
from transformer_lens.head_detector import detect_head

import cases_gradients
import common
from analyses import final_norm, rounded

LOADERS = {"gpt2": cases_gradients.gpt2, "llama": cases_gradients.llama, "tl-shortformer": cases_gradients.shortformer}


def written(stack, labels, model):
    """Without what TransformerLens lists for a shortformer, though its residual stream never holds it."""
    if model.cfg.positional_embedding_type == "shortformer" and "pos_embed" in labels:
        keep = [i for i, label in enumerate(labels) if label != "pos_embed"]
        return stack[keep], [labels[i] for i in keep]
    return stack, labels


class Case:
    def __init__(self, name):
        golden = common.GOLDEN / name
        self.name = name
        self.tokens = torch.tensor(json.loads((golden / "case.json").read_text())["tokens"])[:1]
        self.fields, self.weights = LOADERS[name](golden / "model")
        self.tensors, self.labels, self.numbers = {}, {}, {}

    def stack(self, name, pair, model):
        self.tensors[name], self.labels[name] = written(*pair, model)

    def streams(self, which, model, cache):
        """Every method of ActivationCache that takes the residual stream apart; `which` says how the weights were processed."""
        layer, last = 1, self.tokens.shape[1] - 1
        mlps = not model.cfg.attn_only
        options = dict(return_labels=True)
        self.stack(f"{which}/accumulated", cache.accumulated_resid(incl_mid=mlps, **options), model)
        self.stack(f"{which}/sublayers", cache.decompose_resid(**options), model)
        self.stack(f"{which}/sublayers-early", cache.decompose_resid(layer=layer, mlp_input=mlps, **options), model)
        self.stack(f"{which}/heads", cache.stack_head_results(incl_remainder=True, **options), model)
        at = torch.tensor([last])
        self.stack(f"{which}/parts", cache.get_full_resid_decomposition(expand_neurons=mlps, pos_slice=at, **options), model)
        if mlps:
            self.stack(f"{which}/neurons", cache.stack_neuron_results(-1, pos_slice=at, incl_remainder=True, **options), model)
        if which == "default":  # TransformerLens's frozen norm leaves the norm's own weights out, so they have to be folded
            options["apply_ln"] = True
            frozen, labels = cache.accumulated_resid(**options)
            self.stack("normalized/accumulated", (frozen, labels), model)
            alone = torch.stack([final_norm(model, each) for each in cache.accumulated_resid()])
            self.stack("recomputed/accumulated", (alone, labels), model)
            self.stack("normalized/sublayers-early", cache.decompose_resid(layer=layer, mlp_input=mlps, **options), model)
            self.stack("normalized/heads", cache.stack_head_results(incl_remainder=True, **options), model)
            self.stack("normalized/parts", cache.get_full_resid_decomposition(expand_neurons=False, **options), model)

    def attributions(self, model, cache, logits):
        plus, minus = logits[0, -1].argmax().item(), logits[0, -1].argmin().item()
        self.numbers["target"] = {"plus": plus, "minus": minus}
        stack, labels = written(*cache.get_full_resid_decomposition(expand_neurons=False, return_labels=True), model)
        self.labels["attributed"] = labels
        self.tensors["attribution/plus"] = cache.logit_attrs(stack, tokens=plus)
        self.tensors["attribution/difference"] = cache.logit_attrs(stack, tokens=plus, incorrect_tokens=minus)
        if not model.cfg.attn_only:
            neurons, labels = cache.stack_neuron_results(-1, return_labels=True)
            self.labels["neurons"] = labels
            self.tensors["attribution/neurons"] = cache.logit_attrs(neurons, tokens=plus, incorrect_tokens=minus)[:, 0, -1]

    def lens(self, model, cache):
        incl_mid = not model.cfg.attn_only and not model.cfg.parallel_attn_mlp
        stack, labels = cache.accumulated_resid(incl_mid=incl_mid, return_labels=True)
        logits = torch.stack([model.unembed(final_norm(model, each))[0] for each in stack])
        logs = logits.log_softmax(-1)
        chosen = self.tokens[0, 1:]
        own = logits[:, :-1].gather(-1, chosen[None, :, None].expand(len(labels), -1, 1))
        self.labels["lens"] = labels
        self.tensors["lens/entropies"] = -(logs.exp() * logs).sum(-1)
        self.tensors["lens/divergences"] = (logs[-1].exp() * (logs[-1] - logs)).sum(-1)
        self.tensors["lens/ranks"] = 1 + (logits[:, :-1] > own).sum(-1)
        self.tensors["lens/probabilities"] = logs[:, :-1].gather(-1, chosen[None, :, None].expand(len(labels), -1, 1))[..., 0].exp()

    def matrices(self, model):
        qk, ov = model.QK, model.OV
        for name, matrix in (("qk", qk), ("ov", ov)):
            self.tensors[f"{name}/singular"] = matrix.S
            self.tensors[f"{name}/norm"] = matrix.norm()
            self.tensors[f"{name}/product"] = matrix[1, 2].AB
            values = matrix.eigenvalues
            self.tensors[f"{name}/eigenvalue-sum"] = values.sum(-1).real
            self.tensors[f"{name}/eigenvalue-magnitudes"] = values.abs().sort(-1, descending=True).values
        for kind in "QKV":
            self.tensors[f"composition/{kind}"] = model.all_composition_scores(kind)
        self.tensors["joined/norm"] = (ov[0, 1] @ qk[1, 2]).norm()
        self.tensors["joined/product"] = (ov[0, 1] @ qk[1, 2]).AB
        count = min(model.cfg.d_vocab, model.cfg.d_vocab_out)
        full = (model.W_E[:count] @ ov) @ model.W_U[:, :count]
        self.tensors["copying"] = full.eigenvalues.sum(-1).real / full.eigenvalues.abs().sum(-1)
        for name, matrix in (("full-ov", model.W_E @ ov[1, 2] @ model.W_U), ("full-qk", model.W_E @ qk[1, 2] @ model.W_E.T)):
            values = matrix.AB.flatten().topk(8)
            width = matrix.AB.shape[1]
            self.numbers[name] = [
                {"from": i // width, "to": i % width, "value": rounded(v)}
                for i, v in zip(values.indices.tolist(), values.values.tolist())]
        self.singular(model)

    def singular(self, model):
        """Singular vectors through the unembedding, each turned so that its largest number is positive."""
        interpreter = SVDInterpreter(model)
        if model.cfg.n_key_value_heads is not None:  # SVDInterpreter finds no W_V where heads share values
            return
        found = {"ov": interpreter.get_singular_vectors("OV", 1, num_vectors=3, head_index=2)}
        if not model.cfg.attn_only and not model.cfg.gated_mlp:
            found["w_in"] = interpreter.get_singular_vectors("w_in", 1, num_vectors=3)
            found["w_out"] = interpreter.get_singular_vectors("w_out", 1, num_vectors=3)
        for name, vectors in found.items():
            rows = vectors[:, 0].T
            flipped = rows.max(-1).values < -rows.min(-1).values
            self.tensors[f"vectors/{name}"] = torch.where(flipped[:, None], -rows, rows)

    def detected(self, model):
        """detect_head on the case's tokens; it takes text, so the model is told what its tokens are."""
        logging.disable(logging.WARNING)
        model.to_tokens = lambda text: self.tokens
        length = self.tokens.shape[1]
        custom = torch.tril(torch.full((length, length), 0.25))
        self.tensors["detected/pattern"] = custom
        out = self.numbers["detected"] = []
        for pattern in ("previous_token_head", "duplicate_token_head", "induction_head", "custom"):
            for measure in ("mul", "abs"):
                for bos, current in ((False, False), (True, False), (False, True), (True, True)):
                    scores = detect_head(model, "", custom if pattern == "custom" else pattern, exclude_bos=bos,
                                         exclude_current_token=current, error_measure=measure)
                    out.append({"pattern": pattern, "measure": measure, "exclude_bos": bos, "exclude_current_token": current,
                                "scores": rounded(scores)})

    def write(self):
        where = common.GOLDEN / "circuits" / self.name
        shutil.rmtree(where, ignore_errors=True)
        where.mkdir(parents=True)
        for which, processed in (("raw", False), ("default", True)):
            model = common.tl_model(self.fields, self.weights, processed)
            logits, cache = model.run_with_cache(self.tokens)
            self.streams(which, model, cache)
        self.attributions(model, cache, logits)
        self.lens(model, cache)
        self.matrices(model)
        self.detected(model)
        common.write_tensors(where / "values.safetensors", {name: t.float() for name, t in self.tensors.items()})
        common.write_json(where / "case.json", {
            "case": f"circuits/{self.name}", "model": self.name, "truth": "transformer_lens",
            "made_by": common.made_by(__file__),
            "reason": "The residual stream taken apart, logits attributed, heads detected, circuits in weights.",
            "tokens": self.tokens.tolist(), "labels": self.labels, **self.numbers,
        })
        print(f"circuits/{self.name}: {len(self.tensors)} tensors, {common.size(where) / 1024:.0f} KiB", flush=True)


def main():
    for name in LOADERS:
        Case(name).write()


if __name__ == "__main__":
    main()
