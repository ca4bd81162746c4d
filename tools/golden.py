"""LeNet-5 a second time, in PyTorch: makes the golden vectors that the Rust tests compare with.

The network of LeCun, Bottou, Bengio and Haffner (1998), section II-B, written from the paper and differentiated by
torch.autograd, so that it shares no line and no derivation with the Rust code. vectors/README.md lists the tensors.

    pip install -r tools/requirements.txt
    lenet fetch mnist --dir data                                             # the four files, gzipped
    python tools/golden.py --mnist data/mnist                                # writes vectors/golden.safetensors
    python tools/golden.py --mnist data/mnist --check runs/NAME/weights.safetensors  # error of a Rust-made file

Computed in float64, stored as float32. Parameters and inputs are rounded to float32 *before* the computation, so that a
test starts from exactly the numbers used here. Before anything is written the gradients are checked against finite
differences and the curvatures against explicit Jacobians.
"""

import argparse
import gzip
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn
from torch.func import functional_call, jacrev, vjp

A, S = 1.7159, 2 / 3  # squashing function f(a) = A tanh(S a), appendix A
SCALE, J = 0.5, 10.0  # factor s of the penalties, and j of eq. 9
ETA, MU = 0.0005, 0.02  # eq. 21, the values of the first pass
CLASSES = (6, 4, 8, 1)  # the golden images: the first training digit of each
RIVALS = (6, 8)  # F6's biases start half-way between these two codes: both, and "rubbish", get a share in eq. 9
STEPS = 10


class Muon:
    """Orthogonal steps for the weights between hidden layers, as one matrix each, AdamW for all else."""

    def __init__(self, parameters, lr, momentum, betas, eps, weight_decay):
        is_matrix = lambda p: p.ndim > 1 and p.shape[1] > 1  # C1 sees one map: no layer below it that learns
        parameters = list(parameters)
        self.matrices = [(p, torch.zeros_like(p)) for p in parameters if is_matrix(p)]
        self.rate, self.momentum, self.shrink = lr, momentum, 1 - lr * weight_decay
        others = [p for p in parameters if not is_matrix(p)]
        self.others = torch.optim.AdamW(others, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def zero_grad(self):
        self.others.zero_grad()
        for p, _ in self.matrices:
            p.grad = None

    def step(self):
        self.others.step()
        for p, average in self.matrices:
            average.lerp_(p.grad, 1 - self.momentum)
            x = average.flatten(1) / average.norm()
            for _ in range(5):
                g = x @ x.T
                x = 3.4445 * x + (-4.7750 * g + 2.0315 * g @ g) @ x
            size = 0.2 * max(x.shape) ** 0.5
            # Table I's gaps are zero and stay it.
            p.data = self.shrink * p.data - self.rate * size * x.view_as(p) * (p.data != 0)


OPTIMISERS = {  # rules of steps by batches: the optimiser of parameters
    "adamw": partial(torch.optim.AdamW, lr=0.003, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1),
    "sgd": partial(torch.optim.SGD, lr=0.001, momentum=0.9),
    "muon": partial(Muon, lr=0.003, momentum=0.9, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1),
}
LAYERS = {"c1": "input", "s2": "c1", "c3": "s2", "s4": "c3", "c5": "s4", "f6": "c5"}  # layer: the one below it

# Table I is cyclic: C3 map k reads the S2 maps (k + offset) mod 6.
TABLE_I = torch.zeros(16, 6, 1, 1)
for k, offsets in enumerate(6 * [(0, 1, 2)] + 6 * [(0, 1, 2, 3)] + 3 * [(0, 1, 3, 4)] + [(0, 1, 2, 3, 4, 5)]):
    TABLE_I[k, [(k + offset) % 6 for offset in offsets]] = 1

# The ten 7x12 target codes of fig. 3, one byte a row, its low seven bits from left to right; 1 is +1, 0 is -1.
CODES = """3e001c3663636363361c0000 0c1c3c0c0c0c0c0c0c3f0000 3e003e6343061c30607f0000 7f03060c1e030303633e0000
    3e00003333736363673f0303 3e007f60603c1e03633e0000 1e3060607e736363733e0000 7f0303060c0c181818180000
    3e6363633e636363633e0000 3e676363673f0303063c0000"""
CODES = [[2.0 * (row >> 6 - j & 1) - 1 for row in bytes.fromhex(code) for j in range(7)] for code in CODES.split()]


class Convolution(nn.Conv2d):  # C1, C3, C5; each layer gives the weighted sums a, the network squashes them
    def __init__(self, inputs, outputs, connections=1.0):
        super().__init__(inputs, outputs, kernel_size=5)
        connections = torch.as_tensor(connections).expand(outputs, inputs, 1, 1)
        self.register_buffer("connections", connections, persistent=False)
        self.fan_in = 25 * connections.sum(1, keepdim=True)

    def forward(self, x):
        return F.conv2d(x, self.weight * self.connections, self.bias)


sum_of_four = partial(F.avg_pool2d, kernel_size=2, divisor_override=1)


class Subsampling(nn.Module):  # S2, S4: one coefficient and one bias per map
    def __init__(self, maps):
        super().__init__()
        self.coefficient = nn.Parameter(torch.empty(maps))
        self.bias = nn.Parameter(torch.empty(maps))

    def forward(self, x):
        return self.coefficient[:, None, None] * sum_of_four(x) + self.bias[:, None, None]


class Full(nn.Linear):  # F6
    def forward(self, x):
        return super().forward(x.flatten(1))


class Output(nn.Module):  # the Euclidean radial basis functions: penalties y_i, eq. 7
    def __init__(self):
        super().__init__()
        self.register_buffer("codes", torch.tensor(CODES))

    def forward(self, x):
        return ((x[:, None, :] - self.codes) ** 2).sum(2)


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = Convolution(1, 6)
        self.s2 = Subsampling(6)
        self.c3 = Convolution(6, 16, TABLE_I)
        self.s4 = Subsampling(16)
        self.c5 = Convolution(16, 120)
        self.f6 = Full(120, 84)
        self.output = Output()

    def forward(self, x):
        """The state of every layer by name."""
        states = {"input": x}
        for name in LAYERS:
            states[name] = x = A * torch.tanh(S * getattr(self, name)(x))
        return states | {"output": self.output(x)}

    def curvature(self, x):
        """Mean Gauss-Newton diagonal h_kk by name (eqs. 23-27), from d2E/dx2 = 2s at F6: the backward pass of the
        gradient, every layer with its input, its parameters and its f' squared."""
        states, result = self(x), {}
        h = torch.full_like(states["f6"], 2 * SCALE)
        for name, below in reversed(LAYERS.items()):
            layer, x = getattr(self, name), states[below]
            h = (A * S - S / A * states[name] ** 2) ** 2 * h  # f'(a) from f(a)
            squares = {key: value**2 for key, value in layer.named_parameters()}
            of_parameters, of_x = vjp(partial(functional_call, layer), squares, x**2)[1](h)
            if "coefficient" in of_parameters:  # its input is the sum of four, so that is what gets squared
                of_parameters["coefficient"] = (sum_of_four(x) ** 2 * h).sum((0, 2, 3))
            result |= {f"{name}.{key}": value.detach() / len(x) for key, value in of_parameters.items()}
            h = of_x
        return result


def criterion(penalties, label):
    """Eq. 9 of one pattern, the penalties scaled by s."""
    return SCALE * penalties[label] + torch.cat([penalties.new_tensor([-J]), -SCALE * penalties]).logsumexp(0)


def initialise(net):
    """Weights U(+-1.1/sqrt(fan-in)); biases and coefficients off their usual constants, so that tests see them."""
    generator = torch.Generator().manual_seed(1998)
    for name, parameter in net.named_parameters():
        layer, kind = getattr(net, name.split(".")[0]), name.split(".")[1]
        uniform = 2 * torch.rand(parameter.shape, generator=generator) - 1
        if kind == "weight":
            fan_in = getattr(layer, "fan_in", torch.tensor(120.0))
            value = 1.1 / fan_in.sqrt() * uniform * getattr(layer, "connections", 1)
        elif kind == "coefficient":
            value = 0.55 + 0.1 * uniform
        else:
            value = 0.1 * uniform + (net.output.codes[list(RIVALS)].mean(0) if name == "f6.bias" else 0)
        parameter.data.copy_(value)
    assert sum(p.numel() for p in net.parameters()) - 25 * (TABLE_I == 0).sum() == 60_000
    return net


def read_mnist(folder, part):
    files = (Path(folder) / f"{part}-{kind}-ubyte.gz" for kind in ("images-idx3", "labels-idx1"))
    images, labels = (bytearray(gzip.decompress(file.read_bytes())) for file in files)
    images = torch.frombuffer(images, dtype=torch.uint8, offset=16).view(-1, 28, 28)
    return images, torch.frombuffer(labels, dtype=torch.uint8, offset=8)


def to_input(images):
    """Background -0.1, ink 1.175, two background pixels around: [n, 1, 32, 32], rounded to float32."""
    x = -0.1 + 1.275 * images.double() / 255
    return F.pad(x, (2, 2, 2, 2), value=-0.1).float().unsqueeze(1)


def compute(images, labels, dtype):
    """Every tensor of the file, from one precision."""
    net, inputs = initialise(LeNet5()).to(dtype), to_input(images).to(dtype)
    tensors = {f"parameters/{key}": value.clone() for key, value in net.state_dict().items()}

    def gradient(n):
        loss = criterion(net(inputs[n : n + 1])["output"][0], labels[n])
        return loss, dict(zip(dict(net.named_parameters()), torch.autograd.grad(loss, list(net.parameters()))))

    for n in range(len(images)):
        states = {name: state[0].squeeze() for name, state in net(inputs[n : n + 1]).items()}
        tensors |= {f"{n}/{name}": state for name, state in states.items()}
        tensors[f"{n}/criterion8"] = SCALE * states["output"][labels[n]]
        tensors[f"{n}/criterion9"] = criterion(states["output"], labels[n])
        if n < 2:
            tensors |= {f"{n}/gradient/{key}": value for key, value in gradient(n)[1].items()}
    h = net.curvature(inputs)
    tensors |= {f"curvature/{key}": value for key, value in h.items()}
    if dtype == torch.float64:
        check(net, inputs[:1], labels[0], gradient(0)[1])

    losses = []
    for step in range(STEPS):  # eqs. 18 and 21, one image per step, h fixed
        loss, gradients = gradient(step % len(images))
        losses.append(loss)
        for key, parameter in net.named_parameters():
            parameter.data -= ETA / (MU + h[key]) * gradients[key]
    tensors["steps/criterion"] = torch.stack(losses)
    tensors |= {f"steps/parameters/{key}": value for key, value in net.named_parameters()}
    for rule, optimiser in OPTIMISERS.items():  # the mean of eq. 9 over all images, so many steps
        net = initialise(LeNet5()).to(dtype)
        optimiser, losses = optimiser(net.parameters()), []
        for step in range(STEPS):
            penalties = net(inputs)["output"]
            loss = torch.stack([criterion(y, label) for y, label in zip(penalties, labels)]).mean()
            losses.append(loss)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        tensors[f"{rule}/criterion"] = torch.stack(losses)
        tensors |= {f"{rule}/parameters/{key}": value for key, value in net.named_parameters()}
    return {key: value.detach().contiguous() for key, value in tensors.items()}


def check(net, x, label, gradients):
    """Gradients against finite differences, curvatures against Jacobians, both on one image."""
    parameters = {key: value.detach() for key, value in net.named_parameters()}
    loss = lambda changed: criterion(functional_call(net, parameters | changed, (x,))["output"][0], label)
    for key, value in parameters.items():  # along one random direction for each tensor, so that every entry counts
        step = 1e-5 * torch.randn(value.shape, generator=torch.Generator().manual_seed(0), dtype=value.dtype)
        difference = (loss({key: value + step}) - loss({key: value - step})) / 2
        torch.testing.assert_close(difference, (gradients[key] * step).sum(), rtol=1e-6, atol=1e-12)

    # Eqs. 23-27 layer by layer: squared Jacobian of the sums, times h_a. Every entry.
    states, curvature = net(x), net.curvature(x)
    h = torch.full_like(states["f6"], 2 * SCALE)
    for name, below in reversed(LAYERS.items()):
        layer, a = getattr(net, name), torch.atanh(states[name] / A) / S
        h = (A * S / torch.cosh(S * a) ** 2) ** 2 * h
        of_both = jacrev(partial(functional_call, layer), (0, 1))
        of_parameters, of_x = of_both(dict(layer.named_parameters()), states[below])
        for key, jacobian in of_parameters.items():
            torch.testing.assert_close(curvature[f"{name}.{key}"], torch.tensordot(h, jacobian**2, h.ndim))
        h = torch.tensordot(h, of_x**2, h.ndim)

    # C5 and F6 have no weight sharing: there eq. 27 is the exact Gauss-Newton diagonal, sum_m 2s (dx_m/dw)^2.
    top = {key: value for key, value in parameters.items() if key[:2] in ("c5", "f6")}
    for key, jacobian in jacrev(lambda top: functional_call(net, parameters | top, (x,))["f6"][0])(top).items():
        torch.testing.assert_close(curvature[key], 2 * SCALE * (jacobian**2).sum(0))


def write(folder, out):
    images, labels = read_mnist(folder, "train")
    chosen = torch.tensor([int((labels == digit).nonzero()[0]) for digit in CLASSES])
    images, labels = images[chosen], labels[chosen]
    golden, single = (compute(images, labels.tolist(), dtype) for dtype in (torch.float64, torch.float32))
    energies = torch.cat([torch.tensor([-J]), -SCALE * golden["0/output"]])
    shares = energies.softmax(0)[[0] + [1 + digit for digit in RIVALS]].numpy().round(2)
    print(f"training images {chosen.tolist()}; image 0: shares of rubbish and the rivals {RIVALS} in eq. 9: {shares}")
    print("the same in float32, largest |difference| / largest |value|:")
    for key, value in golden.items():
        difference = (single[key] - value).abs().max() / value.abs().max()
        print(f"  {key:32} {list(value.shape)!s:18} {difference:.1e}  (largest {value.abs().max():.3g})")
    save_file({key: value.float() for key, value in golden.items()} | {"images": images, "labels": labels}, out)
    print(f"{out}: {Path(out).stat().st_size} bytes, PyTorch {torch.__version__}")


def error_rate(folder, weights):
    net = LeNet5()
    net.load_state_dict(load_file(weights))
    images, labels = read_mnist(folder, "t10k")
    with torch.no_grad():
        answers = torch.cat([net(to_input(batch))["output"].argmin(1) for batch in images.split(500)])
    errors = int((answers != labels).sum())
    print(f"{weights}: {errors} errors of {len(labels)} test images, {errors / len(labels):.2%}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--mnist", required=True, metavar="DIR", help="folder of the four gzipped IDX files")
    arguments.add_argument("--out", default="vectors/golden.safetensors", metavar="FILE")
    arguments.add_argument("--check", metavar="FILE", help="print the error rate of these weights instead")
    arguments = arguments.parse_args()
    torch.set_num_threads(1)  # the same bytes on every run
    if arguments.check:
        error_rate(arguments.mnist, arguments.check)
    else:
        write(arguments.mnist, arguments.out)
