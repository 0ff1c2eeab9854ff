"""Other ways to write the same network, as rewrites of the emitted text: quick to try, without a build.

Each takes the program's text and its list of (name, shape), and returns the text. Appended weights are described as
("cat", indices): the stored weights of these indices, concatenated by rows.
"""

import re

METHOD = re.compile(r"(?=  def )")


def each_method(rewrite):
    """Applies a rewrite of one method's lines to all methods that compute (none that only inspect)."""

    def apply(text, weights):
        head, *methods = METHOD.split(text)
        return head + "".join(rewrite(method, weights) for method in methods)

    apply.__name__ = rewrite.__name__
    return apply


def uses(method, variable):
    return len(re.findall(rf"\b{variable}\b", method)) - 1


def producer(method, variable):
    found = re.search(rf"    {variable} = torch\.(\w+)\(", method)
    return found.group(1) if found else None


TOKENS = "torch.transpose(torch.flatten({0}, 2), 1, 2)"
IMAGE = "torch.unflatten(torch.transpose({0}, 1, 2), 2, [torch.size({1}, 2), torch.size({1}, 3)])"
GROUP_NORM = re.compile(r"    (v\d+) = torch\.group_norm\((v\d+), (\d+), w\[(\d+)\], w\[(\d+)\], ([^)]+)\)\n")


@each_method
def group_norm_by_groups(method, weights):
    """GroupNorm over [B, H W, groups, C / groups], which in channels-last memory is a view."""

    def replacement(match):
        out, x, groups, gain, offset, eps = match.groups()
        tokens = TOKENS.format(x)
        return (
            f"    {out}t = torch.unflatten({tokens}, 2, [{groups}, -1])\n"
            f"    {out}v, {out}m, = torch.var_mean({out}t, [1, 3], False, True)\n"
            f"    {out}r = torch.mul(torch.rsqrt(torch.add({out}v, {eps})), torch.unflatten(w[{gain}], 0, [{groups}, -1]))\n"
            f"    {out}o = torch.addcmul(torch.unflatten(w[{offset}], 0, [{groups}, -1]), {out}m, {out}r, value=-1)\n"
            f"    {out}y = torch.addcmul({out}o, {out}t, {out}r)\n"
            f"    {out} = {IMAGE.format(f'torch.flatten({out}y, 2)', x)}\n"
        )

    return GROUP_NORM.sub(replacement, method)


@each_method
def group_norm_by_channels(method, weights):
    """The same from each channel's sum and norm over H W, in float32."""

    def replacement(match):
        out, x, groups, gain, offset, eps = match.groups()
        channels = weights[int(gain)][1][0]
        count = f"torch.mul(torch.mul(torch.size({x}, 2), torch.size({x}, 3)), {channels // int(groups)})"
        split = f"torch.unflatten({{}}, 2, [{groups}, -1])"
        total = split.format(f"torch.sum({out}t, [1], True, dtype=6)")
        norm = split.format(f"torch.linalg_vector_norm({out}t, 2, [1], True, dtype=6)")
        return (
            f"    {out}t = {TOKENS.format(x)}\n"
            f"    {out}m = torch.div(torch.sum({total}, [3], True), {count})\n"
            f"    {out}q = torch.div(torch.sum(torch.square({norm}), [3], True), {count})\n"
            f"    {out}v = torch.addcmul({out}q, {out}m, {out}m, value=-1)\n"
            f"    {out}r = torch.mul(torch.rsqrt(torch.add({out}v, {eps})), torch.unflatten(w[{gain}], 0, [{groups}, -1]))\n"
            f"    {out}o = torch.addcmul(torch.unflatten(w[{offset}], 0, [{groups}, -1]), {out}m, {out}r, value=-1)\n"
            f"    {out}y = torch.addcmul(torch.type_as(torch.flatten({out}o, 2), {x}), {out}t, "
            f"torch.type_as(torch.flatten({out}r, 2), {x}))\n"
            f"    {out} = {IMAGE.format(f'{out}y', x)}\n"
        )

    return GROUP_NORM.sub(replacement, method)


@each_method
def in_place(method, weights):
    """SiLU, residual sums and GEGLU's product overwrite what nothing else reads."""
    if "requires_grad_" in method:
        return method
    fresh = {"conv2d", "linear", "group_norm", "addcmul", "gelu"}

    def overwritable(variable):
        made_by = producer(method, variable)
        if made_by == "unflatten":  # a group norm that was rewritten
            made_by = producer(method, variable + "y")
        return made_by in fresh and uses(method, variable) == 1

    def silu(match):
        return f"torch.silu_({match.group(1)})" if overwritable(match.group(1)) else match.group(0)

    def binary(match):
        operation, a, b = match.groups()
        if overwritable(a):
            return f"torch.{operation}_({a}, {b})"
        return f"torch.{operation}_({b}, {a})" if overwritable(b) else match.group(0)

    method = re.sub(r"torch\.silu\((v\d+)\)", silu, method)
    return re.sub(r"(?<== )torch\.(add|mul)\((v\d+), (v\d+)\)", binary, method)


@each_method
def pointwise_convolution_as_linear(method, weights):
    """1x1 convolutions as matrix products over tokens, whose library adds the bias on its way."""

    def replacement(match):
        out, x, weight, bias = match.groups()
        product = f"torch.linear({TOKENS.format(x)}, torch.flatten(w[{weight}], 1), {bias})"
        return f"    {out}l = {product}\n    {out} = {IMAGE.format(out + 'l', x)}\n"

    pattern = r"    (v\d+) = torch\.conv2d\((v\d+), w\[(\d+)\], (w\[\d+\]), \[1, 1\], \[0, 0\], \[1, 1\], 1\)\n"
    return re.sub(pattern, replacement, method)


@each_method
def fused_self_attention_projections(method, weights):
    """Keys, values and queries of self-attention by one product."""
    pattern = re.compile(
        r"    (v\d+) = torch\.linear\((v\d+), w\[(\d+)\], None\)\n"
        r"(    v\d+ = torch\.transpose\(torch\.unflatten\((?:\1)\b.*\n)"
        r"    (v\d+) = torch\.linear\(\2, w\[(\d+)\], None\)\n"
        r"(    v\d+ = torch\.transpose\(torch\.unflatten\((?:\5)\b.*\n)"
        r"    (v\d+) = torch\.linear\(\2, w\[(\d+)\], None\)\n"
    )

    def replacement(match):
        k, x, wk, heads_k, v, wv, heads_v, q, wq = match.groups()
        if ".attn1." not in weights[int(wk)][0]:
            return match.group(0)
        rows = weights[int(wk)][1][0]
        made = ("cat", (int(wk), int(wv), int(wq)))
        if made not in weights:
            weights.append(made)
        parts = [f"    {name} = torch.slice({k}f, -1, {i * rows}, {(i + 1) * rows}, 1)\n" for i, name in enumerate((k, v, q))]
        fused = f"    {k}f = torch.linear({x}, w[{weights.index(made)}], None)\n"
        return fused + parts[0] + heads_k + parts[1] + heads_v + parts[2]

    return pattern.sub(replacement, method)


@each_method
def split_feed_forward(method, weights):
    """GEGLU's value and gate by two products, so that both are contiguous."""
    pattern = re.compile(
        r"    (v\d+) = torch\.linear\((v\d+), w\[(\d+)\], w\[(\d+)\]\)\n"
        r"    (v\d+) = torch\.slice\(\1, -1, 0, (\d+), 1\)\n"
        r"    (v\d+) = torch\.slice\(\1, -1, \6, (\d+), 1\)\n"
    )

    def replacement(match):
        _, x, weight, bias, value, half, gate, whole = match.groups()

        def product(low, high):
            rows = [f"torch.slice(w[{index}], 0, {low}, {high}, 1)" for index in (weight, bias)]
            return f"torch.linear({x}, {rows[0]}, {rows[1]})"

        return f"    {value} = {product(0, half)}\n    {gate} = {product(half, whole)}\n"

    return pattern.sub(replacement, method)


@each_method
def folded_biases(method, weights):
    """A convolution's bias goes into the timestep's shift or the shortcut's bias: one pass over the image less."""
    shifted = re.compile(
        r"(    v\d+ = torch\.conv2d\(v\d+, w\[\d+\], )(w\[\d+\])(, .*\n"
        r"    v\d+ = torch\.linear\(v\d+, w\[\d+\], )(w\[\d+\])(\)\n    v\d+ = torch\.unsqueeze\(torch\.unsqueeze\()"
    )
    method = shifted.sub(r"\1None\3torch.add(\4, \2)\5", method)
    shortcut = re.compile(
        r"(    v\d+ = torch\.conv2d\(v\d+, w\[\d+\], )(w\[\d+\])(, \[1, 1\], \[1, 1\], .*\n"
        r"(?:    v\d+l = torch\.linear\(.*?, torch\.flatten\(w\[\d+\], 1\), |    v\d+ = torch\.conv2d\(v\d+, w\[\d+\], ))"
        r"(w\[\d+\])(\)|, \[1, 1\], \[0, 0\])"
    )
    return shortcut.sub(r"\1None\3torch.add(\4, \2)\5", method)


def attention(kernel):
    """Attention by one kernel, named: flash, efficient or cudnn."""
    calls = {
        "flash": "torch._scaled_dot_product_flash_attention({}, 0., False, False)",
        "efficient": "torch._scaled_dot_product_efficient_attention({}, None, False, 0., False)",
        "cudnn": "torch._scaled_dot_product_cudnn_attention({}, None, False, 0., False, False)",
    }
    results = {"flash": 9, "efficient": 4, "cudnn": 9}

    @each_method
    def rewrite(method, weights):
        def replacement(match):
            out, arguments = match.groups()
            names = ", ".join([out] + [f"{out}x{i}" for i in range(1, results[kernel])])
            return f"    {names}, = {calls[kernel].format(arguments)}\n"

        if "requires_grad_" in method:
            return method
        return re.sub(r"    (v\d+) = torch\.scaled_dot_product_attention\(([^()]*)\)\n", replacement, method)

    rewrite.__name__ = f"attention_{kernel}"
    return rewrite
