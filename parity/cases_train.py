"""Training: ten steps of TransformerLens's model under torch.optim.AdamW, from the same weights and batches.

training/CASE/ holds config.json and model.safetensors (the weights at the beginning), after.safetensors (the weights after
ten steps) and case.json: the batches, the learning rates, the losses before each step, the gradients' lengths.
"""

import torch

import common

STEPS = 10
OPTIMIZER = {"first_beta": 0.9, "second_beta": 0.98, "epsilon": 1e-8, "weight_decay": 0.05, "clip": 1.0}
CASES = {
    "training-shortformer": dict(
        n_layers=2, d_model=16, d_head=4, n_heads=4, n_ctx=12, d_vocab=37, attn_only=True, normalization_type=None,
        positional_embedding_type="shortformer", attention_dir="causal"),
    "training-gpt2": dict(
        n_layers=2, d_model=12, d_head=4, n_heads=3, d_mlp=20, n_ctx=12, d_vocab=37, act_fn="gelu_new",
        normalization_type="LN", positional_embedding_type="standard", attention_dir="causal"),
    "training-llama": dict(
        n_layers=2, d_model=16, d_head=4, n_heads=4, n_key_value_heads=2, d_mlp=20, n_ctx=12, d_vocab=37, act_fn="silu",
        gated_mlp=True, normalization_type="RMS", positional_embedding_type="rotary", rotary_dim=4, final_rms=True,
        attention_dir="causal"),
}


def rates():
    """Warm-up and decay, as numbers: what is compared is the optimizer."""
    return [0.002, 0.004, 0.006, 0.008, 0.01, 0.009, 0.007, 0.005, 0.003, 0.001]


def train(case, fields, seed):
    generator = torch.Generator().manual_seed(seed)
    model = common.HookedTransformer(common.tl_config(fields), move_to_device=False)
    for name, parameter in sorted(model.named_parameters()):
        parameter.data = common.shaken(generator, name, parameter.shape)
    where = common.folder(case)
    common.write_tensors(where / "model" / "model.safetensors", common.weights_of(model))
    common.write_json(where / "model" / "config.json", {**fields, "model_name": case})
    batches = [common.tokens_for(seed + 1 + step, fields["d_vocab"], 12, batch=4) for step in range(STEPS)]
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1, betas=(OPTIMIZER["first_beta"], OPTIMIZER["second_beta"]), eps=OPTIMIZER["epsilon"],
        weight_decay=OPTIMIZER["weight_decay"])
    losses, lengths = [], []
    with torch.enable_grad():
        for tokens, rate in zip(batches, rates()):
            optimizer.param_groups[0]["lr"] = rate
            loss = model(tokens, return_type="loss")
            optimizer.zero_grad()
            loss.backward()
            lengths.append(torch.nn.utils.clip_grad_norm_(model.parameters(), OPTIMIZER["clip"]).item())
            optimizer.step()
            losses.append(loss.item())
    common.write_tensors(where / "after.safetensors", common.weights_of(model))
    common.write_json(where / "case.json", {
        "case": case,
        "reason": "ten steps of AdamW with clipping",
        "format": "transformer_lens",
        "truth": "transformer_lens",
        "made_by": common.made_by(__file__),
        "optimizer": OPTIMIZER,
        "rates": rates(),
        "batches": [tokens.tolist() for tokens in batches],
        "losses": losses,
        "gradient_lengths": lengths,
    })


if __name__ == "__main__":
    for number, (name, settings) in enumerate(CASES.items()):
        train(name, settings, 100 * number)
