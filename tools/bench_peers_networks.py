"""LeNet-5 as each peer of tools/bench_peers.py computes it, and as loops in NumPy do, with the same weights for all.

The network is the same everywhere: 32x32 input, C1 with 6 maps, S2, a dense C3 with 16 maps, S4, C5 with 120 units, F6
with 84, a linear layer with 10, in float32. S2 and S4 are averages of 2x2 with a trainable coefficient and bias per map,
every layer but the last is squashed by A tanh(S a).
"""

import numpy as np

A, S = 1.7159, 2 / 3
RATE, DECAY, BETA_1, BETA_2, EPSILON = 1e-3, 1e-2, 0.9, 0.999, 1e-8  # AdamW, PyTorch's defaults
IMAGES = 8192  # 32 MB of float32: more than the second-level cache, as a real training set is

# The network and its data --------------------------------------------------------------------------------------------

SHAPES = {
    "c1.weight": (6, 1, 5, 5), "c1.bias": (6,),
    "s2.coefficient": (6,), "s2.bias": (6,),
    "c3.weight": (16, 6, 5, 5), "c3.bias": (16,),
    "s4.coefficient": (16,), "s4.bias": (16,),
    "c5.weight": (120, 400), "c5.bias": (120,),
    "f6.weight": (84, 120), "f6.bias": (84,),
    "output.weight": (10, 84), "output.bias": (10,),
}


def parameters():
    generator, values = np.random.default_rng(1998), {}
    for name, shape in SHAPES.items():
        uniform = generator.uniform(-1, 1, shape)
        if name.endswith("weight"):
            values[name] = 1.5 * uniform / np.sqrt(np.prod(shape[1:]))
        else:
            values[name] = (1.5 if name.endswith("coefficient") else 0) + 0.1 * uniform
    return {name: value.astype(np.float32) for name, value in values.items()}


def folded(p):
    """The same network with tanh(a) for A tanh(S a): a layer's S goes into its own parameters, A into the next layer's.
    Whoever deploys a network for speed would do it; for training it would be another network."""
    values = {}
    for name, value in p.items():
        layer, kind = name.split(".")
        inner = 1 if layer == "output" else S
        outer = 1 if layer == "c1" or kind == "bias" else A
        values[name] = (value * inner * outer).astype(np.float32)
    return values


def images_and_labels():
    """Noise in the range of scaled digits. Speed does not depend on what the images show."""
    generator = np.random.default_rng(5)
    images = generator.uniform(-0.1, 1.175, (IMAGES, 1, 32, 32)).astype(np.float32)
    return images, generator.integers(0, 10, IMAGES)


def loops(p, x):
    """The outputs, in NumPy; [n, 1, 32, 32] to [n, 10]."""

    def convolution(layer, x):
        windows = np.lib.stride_tricks.sliding_window_view(x, (5, 5), (2, 3))
        return np.einsum("nihwuv,oiuv->nohw", windows, p[layer + ".weight"]) + p[layer + ".bias"][:, None, None]

    def subsampling(layer, x):
        n, maps, height, width = x.shape
        x = x.reshape(n, maps, height // 2, 2, width // 2, 2).mean((3, 5))
        return x * p[layer + ".coefficient"][:, None, None] + p[layer + ".bias"][:, None, None]

    def full(layer, x):
        return x.reshape(len(x), -1) @ p[layer + ".weight"].T + p[layer + ".bias"]

    for layer, kind in zip("c1 s2 c3 s4 c5 f6".split(), [convolution, subsampling] * 2 + [full] * 2):
        x = A * np.tanh(S * kind(layer, x))
    return full("output", x)


def batches(values, size):
    return [values[k : k + size] for k in range(0, len(values) - size + 1, size)]


def channels_outside(weight, layer):
    """Weights as PyTorch has them from [120, 400] of C5 and the like, for networks whose maps have the channel last."""
    if layer == "c5":
        weight = weight.reshape(120, 16, 5, 5).transpose(0, 2, 3, 1).reshape(120, 400)
    return weight.transpose(2, 3, 1, 0) if weight.ndim == 4 else weight.T


# PyTorch -------------------------------------------------------------------------------------------------------------


class PyTorch:
    packages = ["torch"]

    def __init__(self, threads):
        import torch

        self.torch, self.threads = torch, threads
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)

    def network(self, p, squash):
        torch = self.torch
        F = torch.nn.functional

        class LeNet5(torch.nn.Module):
            def __init__(self):
                super().__init__()
                for name, value in p.items():
                    self.register_parameter(name.replace(".", "_"), torch.nn.Parameter(torch.from_numpy(value.copy())))

            def forward(self, x):
                x = squash(F.conv2d(x, self.c1_weight, self.c1_bias))
                x = F.avg_pool2d(x, 2)
                x = squash(x * self.s2_coefficient[:, None, None] + self.s2_bias[:, None, None])
                x = squash(F.conv2d(x, self.c3_weight, self.c3_bias))
                x = F.avg_pool2d(x, 2)
                x = squash(x * self.s4_coefficient[:, None, None] + self.s4_bias[:, None, None])
                x = squash(F.linear(x.flatten(1), self.c5_weight, self.c5_bias))
                x = squash(F.linear(x, self.f6_weight, self.f6_bias))
                return F.linear(x, self.output_weight, self.output_bias)

        return LeNet5()

    def build(self, candidate, fold=False):
        torch = self.torch
        torch.set_num_threads(self.threads // candidate.get("callers", 1))
        torch._dynamo.reset()  # a network compiled for one batch size is not to be tried with the next
        p = parameters()
        network = self.network(folded(p), torch.tanh) if fold else self.network(p, lambda a: A * torch.tanh(S * a))
        images, labels = map(torch.from_numpy, images_and_labels())
        if candidate.get("layout") == "channels last":
            network = network.to(memory_format=torch.channels_last)
            images = images.to(memory_format=torch.channels_last)
        return network, images, labels

    def training(self, candidate):
        torch = self.torch
        network, images, labels = self.build(candidate)
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=RATE, betas=(BETA_1, BETA_2), eps=EPSILON, weight_decay=DECAY, fused=True
        )
        criterion = lambda x, y: torch.nn.functional.cross_entropy(network(x), y)
        criterion = self.compiled(criterion)
        data = list(zip(batches(images, candidate["batch"]), batches(labels, candidate["batch"])))

        def step(k):
            optimiser.zero_grad(set_to_none=True)
            loss = criterion(*data[k % len(data)])
            loss.backward()
            optimiser.step()
            return loss

        return step, None

    def classification(self, candidate):
        network, images, _ = self.build(candidate, "folded" in candidate.get("constants", ""))
        network = self.compiled(network.eval())
        data = batches(images, candidate["batch"])

        def step(k):
            with self.torch.inference_mode():
                return network(data[k % len(data)])

        return step, None

    one_image = classification

    def compiled(self, function):
        return function


class PyTorchCompile(PyTorch):
    def compiled(self, function):
        return self.torch.compile(function, dynamic=False)

    def classification(self, candidate):
        import torch._inductor.config

        torch._inductor.config.freezing = True  # parameters become constants, packed for the kernels
        step, finish = super().classification(candidate)

        def with_no_grad(k):  # freezing is specified for no_grad
            with self.torch.no_grad():
                return step(k)

        return with_no_grad, finish

    one_image = classification


# TensorFlow and JAX --------------------------------------------------------------------------------------------------


class TensorFlow:
    packages = ["tensorflow-cpu", "tensorflow"]

    def __init__(self, threads):
        import tensorflow

        self.tf = tensorflow
        self.tf.config.threading.set_intra_op_parallelism_threads(threads)
        self.tf.config.threading.set_inter_op_parallelism_threads(1)

    def build(self, candidate):
        tf = self.tf
        p = {n: channels_outside(v, n[:2]) if "weight" in n else v for n, v in parameters().items()}
        v = {name: tf.Variable(value) for name, value in p.items()}
        squash = lambda a: A * tf.tanh(S * a)

        def network(x):
            for convolution, subsampling in (("c1", "s2"), ("c3", "s4")):
                x = squash(tf.nn.conv2d(x, v[convolution + ".weight"], 1, "VALID") + v[convolution + ".bias"])
                x = tf.nn.avg_pool2d(x, 2, 2, "VALID")
                x = squash(x * v[subsampling + ".coefficient"] + v[subsampling + ".bias"])
            x = tf.reshape(x, [-1, 400])
            for layer in ("c5", "f6"):
                x = squash(x @ v[layer + ".weight"] + v[layer + ".bias"])
            return x @ v["output.weight"] + v["output.bias"]

        images, labels = images_and_labels()
        images = [tf.constant(x) for x in batches(images.transpose(0, 2, 3, 1), candidate["batch"])]
        labels = [tf.constant(y) for y in batches(labels, candidate["batch"])]
        return network, v, list(zip(images, labels)), candidate["compiler"] == "XLA"

    def training(self, candidate):
        tf = self.tf
        network, variables, data, xla = self.build(candidate)
        variables = list(variables.values())
        slots = [(v, tf.Variable(tf.zeros_like(v)), tf.Variable(tf.zeros_like(v))) for v in variables]
        powers = [tf.Variable(BETA_1), tf.Variable(BETA_2)]

        @tf.function(jit_compile=xla)
        def update(x, y):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, network(x)))
            for (v, m, s), gradient in zip(slots, tape.gradient(loss, variables)):
                v.assign(v * (1 - RATE * DECAY))
                tf.raw_ops.ResourceApplyAdam(
                    var=v.handle, m=m.handle, v=s.handle, beta1_power=powers[0], beta2_power=powers[1],
                    lr=RATE, beta1=BETA_1, beta2=BETA_2, epsilon=EPSILON, grad=gradient,
                )
            powers[0].assign(powers[0] * BETA_1)
            powers[1].assign(powers[1] * BETA_2)
            return loss

        return lambda k: update(*data[k % len(data)]).numpy(), None

    def classification(self, candidate):
        network, _, data, xla = self.build(candidate)
        network = self.tf.function(network, jit_compile=xla)
        return lambda k: network(data[k % len(data)][0]).numpy(), None


class Jax:
    packages = ["jax", "jaxlib"]

    def __init__(self, threads):
        import jax  # its threads follow from the affinity of the process and from NPROC

        self.jax = jax

    def build(self, candidate):
        jax, last = self.jax, candidate["layout"] == "channels last"
        layout = ("NHWC", "HWIO", "NHWC") if last else ("NCHW", "OIHW", "NCHW")
        squash = lambda a: A * jax.numpy.tanh(S * a)
        p = parameters()
        if last:
            p = {n: channels_outside(v, n[:2]) if "weight" in n else v for n, v in p.items()}
        else:
            p = {n: v.T if v.ndim == 2 else v for n, v in p.items()}
        per_map = (lambda value: value) if last else (lambda value: value[:, None, None])

        def network(p, x):
            for c, s in (("c1", "s2"), ("c3", "s4")):
                x = jax.lax.conv_general_dilated(x, p[c + ".weight"], (1, 1), "VALID", dimension_numbers=layout)
                x = squash(x + per_map(p[c + ".bias"]))
                n, a, b, d = x.shape
                x = x.reshape(n, a // 2, 2, b // 2, 2, d).mean((2, 4)) if last else (
                    x.reshape(n, a, b // 2, 2, d // 2, 2).mean((3, 5)))
                x = squash(x * per_map(p[s + ".coefficient"]) + per_map(p[s + ".bias"]))
            x = x.reshape(len(x), 400)
            for layer in ("c5", "f6"):
                x = squash(x @ p[layer + ".weight"] + p[layer + ".bias"])
            return x @ p["output.weight"] + p["output.bias"]

        images, labels = images_and_labels()
        images = images.transpose(0, 2, 3, 1) if last else images
        put = lambda values: [jax.device_put(value) for value in batches(values, candidate["batch"])]
        return network, jax.device_put(p), list(zip(put(images), put(labels.astype(np.int32))))

    def training(self, candidate):
        jax = self.jax
        jnp = jax.numpy
        network, p, data = self.build(candidate)
        zeros = lambda: jax.tree.map(jnp.zeros_like, p)

        def criterion(p, x, y):
            return -jnp.take_along_axis(jax.nn.log_softmax(network(p, x)), y[:, None], 1).mean()

        def update(state, x, y):
            p, m, s, t = state
            loss, gradient = jax.value_and_grad(criterion)(p, x, y)
            t = t + 1
            m = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, m, gradient)
            s = jax.tree.map(lambda s, g: BETA_2 * s + (1 - BETA_2) * g * g, s, gradient)
            first, second = 1 - BETA_1**t, 1 - BETA_2**t
            p = jax.tree.map(
                lambda p, m, s: p * (1 - RATE * DECAY) - RATE * (m / first) / (jnp.sqrt(s / second) + EPSILON), p, m, s
            )
            return (p, m, s, t), loss

        update = jax.jit(update, donate_argnums=0)
        state = [(p, zeros(), zeros(), jnp.float32(0))]

        def step(k):
            state[0], loss = update(state[0], *data[k % len(data)])
            return loss.block_until_ready()

        return step, None

    def classification(self, candidate):
        network, p, data = self.build(candidate)
        network = self.jax.jit(network)
        return lambda k: network(p, data[k % len(data)][0]).block_until_ready(), None


# ONNX and its engines ------------------------------------------------------------------------------------------------


def onnx_model(batch, fold):
    """The network as an ONNX graph, written node by node so that no exporter's habits are measured."""
    from onnx import helper

    p = folded(parameters()) if fold else parameters()
    constants = {"A": np.float32(A), "S": np.float32(S)}
    nodes = []

    def node(kind, x, *others, **attributes):
        for name in others:
            if name not in constants:
                value = p[name]
                per_map = name[0] == "s"
                constants[name] = value[:, None, None] if per_map else value
        out = f"x{len(nodes)}"
        nodes.append(helper.make_node(kind, [x, *others], [out], **attributes))
        return out

    def squash(x):
        return node("Tanh", x) if fold else node("Mul", node("Tanh", node("Mul", x, "S")), "A")

    x = "input"
    for c, s in (("c1", "s2"), ("c3", "s4")):
        x = squash(node("Conv", x, c + ".weight", c + ".bias"))
        x = node("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
        x = squash(node("Add", node("Mul", x, s + ".coefficient"), s + ".bias"))
    x = node("Flatten", x)
    for layer in ("c5", "f6"):
        x = squash(node("Gemm", x, layer + ".weight", layer + ".bias", transB=1))
    x = node("Gemm", x, "output.weight", "output.bias", transB=1)
    used = {name for n in nodes for name in n.input}
    return finished(nodes, [batch, 1, 32, 32], [batch, 10], x, {k: v for k, v in constants.items() if k in used})


def finished(nodes, shape, out_shape, out, constants):
    from onnx import TensorProto, checker, helper, numpy_helper

    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    initializers = [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()]
    graph = helper.make_graph(nodes, "lenet5", [value("input", shape)], [value(out, out_shape)], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    return model.SerializeToString()


def empty_model():
    """One number goes in and comes out: what is left is the call."""
    from onnx import helper

    return finished([helper.make_node("Identity", ["input"], ["x0"])], [1, 1], [1, 1], "x0", {})


def images_for(candidate):
    return batches(images_and_labels()[0], candidate["batch"])


class OnnxRuntime:
    packages = ["onnxruntime", "onnx"]

    def __init__(self, threads):
        import onnxruntime

        self.ort, self.threads = onnxruntime, threads

    def session(self, model, threads, waiting="spinning"):
        options = self.ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "01"[waiting == "spinning"])
        options.log_severity_level = 3
        options.graph_optimization_level = self.ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        return self.ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def classification(self, candidate):
        model = onnx_model(candidate["batch"], candidate["constants"] == "folded")
        threads = self.threads // candidate.get("callers", 1)
        session = self.session(model, threads, candidate.get("waiting threads", "spinning"))
        return self.calls(session, images_for(candidate))

    def calls(self, session, data):
        data = [{"input": x} for x in data]
        return lambda k: session.run(None, data[k % len(data)])[0], None

    one_image = classification

    def empty_call(self, candidate):
        return self.calls(self.session(empty_model(), 1), [np.zeros((1, 1), np.float32)])


class OpenVino:
    packages = ["openvino", "onnx"]

    def __init__(self, threads):
        import openvino

        self.core, self.openvino = openvino.Core(), openvino
        # It would compute in bfloat16 where the processor can.
        self.settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}

    def compile(self, model, hint, **settings):
        return self.core.compile_model(
            self.core.read_model(model), "CPU", self.settings | {"PERFORMANCE_HINT": hint} | settings
        )

    def classification(self, candidate):
        model = self.compile(onnx_model(candidate["batch"], candidate["constants"] == "folded"), "THROUGHPUT")
        queue, data = self.openvino.AsyncInferQueue(model), images_for(candidate)

        def step(k):  # waits while every request of the queue is busy
            queue.start_async({0: data[k % len(data)]}, share_inputs=True)

        step.answer = lambda: model({0: data[0]})[0]
        return step, queue.wait_all

    def one_image(self, candidate):
        model = onnx_model(1, candidate["constants"] == "folded")
        return self.calls(self.compile(model, "LATENCY", NUM_STREAMS=1), images_for(candidate))

    def calls(self, model, data):
        """With tensors made beforehand, which is quicker than a dictionary of arrays at every call."""
        tensors = [self.openvino.Tensor(x, shared_memory=True) for x in data]
        request = model.create_infer_request()
        output = request.get_output_tensor(0).data

        def step(k):
            request.set_input_tensor(tensors[k % len(tensors)])
            request.infer(share_outputs=True)
            return output

        return step, None

    def empty_call(self, candidate):
        return self.calls(self.compile(empty_model(), "LATENCY", NUM_STREAMS=1), [np.zeros((1, 1), np.float32)])


PEERS = {
    "pytorch": PyTorch,
    "pytorch-compile": PyTorchCompile,
    "tensorflow": TensorFlow,
    "jax": Jax,
    "onnxruntime": OnnxRuntime,
    "openvino": OpenVino,
}
