"""Writes small PyTorch checkpoints in every form that TorchCheckpoint reads, and what torch reads from them.

    pip install torch==2.10.0 numpy==1.26.4 safetensors==0.5.3; python make.py

The legacy file holds memory addresses as keys of its storages, so its bytes differ from run to run; its numbers do not.
"""
import pathlib
from collections import OrderedDict

import torch
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent
torch.manual_seed(7)

base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 8
weights = OrderedDict()
weights["base"] = base
weights["transposed"] = base.t()
weights["slice"] = base[1:3, 2:5]
weights["every.second"] = base.flatten()[1::2]
weights["row"] = base[2]
weights["expanded"] = base[:, :1].expand(4, 3)
weights["scalar"] = torch.tensor(2.5)
weights["empty"] = torch.zeros(3, 0)
weights["parameter"] = torch.nn.Parameter(torch.randn(2, 3))
weights["float64"] = torch.randn(3, dtype=torch.float64)
weights["float16"] = torch.randn(3).half()
weights["bfloat16"] = torch.randn(3).bfloat16()
weights["int64"] = torch.tensor([-(2**40), 7])
weights["int32"] = torch.tensor([-(2**20), 7], dtype=torch.int32)
weights["int16"] = torch.tensor([-300, 7], dtype=torch.int16)
weights["int8"] = torch.tensor([-3, 7], dtype=torch.int8)
weights["uint8"] = torch.tensor([200, 7], dtype=torch.uint8)
weights["bool"] = torch.tensor([True, False, True])

module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
optimizer = torch.optim.AdamW(module.parameters())
module(torch.randn(1, 3)).sum().backward()
optimizer.step()
training = {
    "epoch": 3, "loss": [0.5, 0.25], "best": None, "size": torch.Size([2, 3]), "dtype": torch.float16, "done": False,
    "big": 2**80, "optimizer": optimizer.state_dict(), "state_dict": module.state_dict(),
}

torch.save(weights, here / "zip.pth")
torch.save(weights, here / "legacy.pth", _use_new_zipfile_serialization=False)
torch.save(weights, here / "protocol4.pth", pickle_protocol=4)
torch.save(dict(weights), here / "protocol5.pth", pickle_protocol=5)
torch.save(training, here / "training.pth")
torch.save({"model": module.state_dict()}, here / "model.pth", _use_new_zipfile_serialization=False)
torch.save(module, here / "module.pth")
save_file({name: tensor.detach().clone().contiguous() for name, tensor in weights.items()}, here / "weights.safetensors")
save_file({name: tensor.detach().clone() for name, tensor in module.state_dict().items()}, here / "module.safetensors")
