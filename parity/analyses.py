"""Attribution and logit lens as TransformerLens computes them, as plain lists for golden JSON."""

import torch


def rounded(t):
    """float32 values with nine significant digits: enough to give the same float back."""
    if isinstance(t, torch.Tensor):
        return rounded(t.tolist())
    return [rounded(x) for x in t] if isinstance(t, list) else float(f"{t:.9g}")


def direct_attribution(model, cache, tokens, position):
    """
    What each component adds to the logit of the next token: its output through the cached scale of the final norm
    (whose weights are folded) times that token's column of W_U. Components and b_U add up to the logit.
    """
    target = tokens[0, position + 1].item()
    stack, labels = cache.get_full_resid_decomposition(expand_neurons=False, apply_ln=True, return_labels=True)
    values = {label: stack[i][0, position] @ model.W_U[:, target] for i, label in enumerate(labels)}
    if model.cfg.positional_embedding_type == "shortformer":
        values.pop("pos_embed")  # TransformerLens lists it, but it is never written to the residual stream
    heads = [[values[f"L{l}H{h}"].item() for h in range(model.cfg.n_heads)] for l in range(model.cfg.n_layers)]
    logit = model.unembed(final_norm(model, cache["resid_post", -1]))[0, position, target].item()
    out = {"position": position, "target": target, "heads": rounded(heads)}
    mlps = [values[f"{l}_mlp_out"].item() for l in range(model.cfg.n_layers) if f"{l}_mlp_out" in values]
    if mlps:
        out["mlps"] = rounded(mlps)
    for name in ("embed", "pos_embed", "bias"):
        if name in values:
            out[name] = rounded(values[name].item())
    out["b_U"] = rounded(model.b_U[target].item())
    out["logit"] = rounded(logit)
    total = sum(v.item() for v in values.values()) + model.b_U[target].item()
    assert abs(total - logit) < 1e-3 * (1 + abs(logit)), (total, logit)
    return out


def final_norm(model, resid):
    return model.ln_final(resid) if model.cfg.normalization_type is not None else resid


def logit_lens(model, cache, position, top=5):
    """Every state of the residual stream through the final norm, recomputed, and the unembedding."""
    incl_mid = not model.cfg.attn_only and not model.cfg.parallel_attn_mlp
    stack, labels = cache.accumulated_resid(incl_mid=incl_mid, return_labels=True)
    rows = []
    for label, resid in zip(labels, stack):
        rows.append({"label": label, **top_tokens(model.unembed(final_norm(model, resid))[0, position], top)})
    return rows


def top_tokens(logits, top):
    best = logits.topk(top)
    return {
        "tokens": best.indices.tolist(),
        "logits": rounded(best.values),
        "probabilities": rounded(logits.softmax(-1)[best.indices]),
    }


def detector_scores(cache, tokens, n_layers):
    """Per detector [layer][head]: the mean of the pattern over the cells where the condition holds."""
    last, repeats = {}, {}
    for position, token in enumerate(tokens[0].tolist()):
        if token in last:
            repeats[position] = last[token]
        last[token] = position
    n = tokens.shape[1]
    cells = {
        "current": [(q, q) for q in range(n)],
        "previous": [(q, q - 1) for q in range(1, n)],
        "first": [(q, 0) for q in range(n)],
        "duplicate": [(q, repeats[q]) for q in repeats],
        "induction": [(q, repeats[q] + 1) for q in repeats],
    }
    out = {}
    for name, places in cells.items():
        q, k = torch.tensor(places).T
        out[name] = torch.stack([cache["pattern", layer][0][:, q, k].mean(-1) for layer in range(n_layers)])
    return out


def workshop_attribution(model, cache, tokens, position):
    """Each head's result through the unembedding alone, at the next token: no final norm, b_U added to every head."""
    target = tokens[0, position + 1]
    return torch.stack([
        model.unembed(cache["result", layer][:, position])[0, :, target] for layer in range(model.cfg.n_layers)
    ])
