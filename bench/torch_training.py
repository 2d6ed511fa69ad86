"""The model that bench/compare trains, in plain PyTorch, written by hand for speed. It does what Fresnel's Trainer does."""

import math

import torch
import torch.nn.functional as F

LAYERS, WIDTH, HEADS, D_HEAD, VOCABULARY = 2, 256, 8, 32, 3000
BATCH, LENGTH = 10, 192


class Training:
    """Attention only, positions added to queries and keys only ("shortformer"), no norm, no biases; AdamW, clipped gradients."""

    def __init__(self):
        torch.manual_seed(0)
        width = 0.8 / math.sqrt(WIDTH)
        shapes = {"embed": (VOCABULARY, WIDTH), "positions": (LENGTH, WIDTH), "unembed": (WIDTH, VOCABULARY)}
        for layer in range(LAYERS):
            shapes |= {f"{letter}{layer}": (WIDTH, WIDTH) for letter in "qkvo"}
        self.weights = {name: (torch.randn(shape) * width).requires_grad_() for name, shape in shapes.items()}
        self.optimizer = torch.optim.AdamW(self.weights.values(), lr=1e-3, weight_decay=0.01)
        self.generator = torch.Generator().manual_seed(1)

    def loss(self, tokens):
        w = self.weights
        residual = w["embed"][tokens[:, :-1]]
        for layer in range(LAYERS):
            positioned = residual + w["positions"]
            q, k = (self.heads(positioned @ w[f"{letter}{layer}"]) for letter in "qk")
            v = self.heads(residual @ w[f"v{layer}"])
            z = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            residual = residual + z.transpose(1, 2).reshape(BATCH, LENGTH, WIDTH) @ w[f"o{layer}"]
        logits = residual @ w["unembed"]
        return F.cross_entropy(logits.reshape(-1, VOCABULARY), tokens[:, 1:].reshape(-1))

    @staticmethod
    def heads(x):
        return x.view(BATCH, LENGTH, HEADS, D_HEAD).transpose(1, 2)

    def step(self):
        tokens = torch.randint(VOCABULARY, (BATCH, LENGTH + 1), generator=self.generator)
        with torch.enable_grad():
            loss = self.loss(tokens)
            self.optimizer.zero_grad()
            loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), 1.0)
        self.optimizer.step()
        return loss.item()
