// The layer graph: which units a unit sees, and its arithmetic. Nothing here knows LeNet-5.

import type { Graph, Layer, Look, Tensor, Weights } from "./contract";

/** A unit: a place in a map of a layer. */
export interface Unit {
    layer: string;
    map: number;
    y: number;
    x: number;
}

/** A rectangle of units; ends are not part of it. */
export interface Area {
    top: number;
    bottom: number;
    left: number;
    right: number;
}

/** What a unit takes from one map of the layer before. */
export interface Term {
    /** The map of the layer before; none where maps have no meaning. */
    map: number;
    rows: number;
    columns: number;
    weights: Float32Array;
    inputs: Float32Array;
    sum: number;
}

/** How a unit's value comes about. */
export interface Arithmetic {
    kind: Layer["kind"];
    terms: Term[];
    /** Of sub-sampling: what the sum of the inputs is multiplied with. */
    coefficient: number | null;
    bias: number;
    /** The weighted sum, before squashing. */
    sum: number;
    value: number;
    /** The same as the server has it. */
    told: number;
}

export function units(layer: Layer): number {
    return layer.maps * layer.rows * layer.columns;
}

export function find(graph: Graph, name: string | undefined): Layer | null {
    return graph.layers.find((layer) => layer.name === name) ?? null;
}

/** The layer from which another takes its inputs. */
export function before(graph: Graph, layer: Layer): Layer | null {
    if (layer.kind === "input") return null;
    return find(graph, layer.from) ?? graph.layers[graph.layers.indexOf(layer) - 1] ?? null;
}

export function states(look: Look, layer: Layer): Float32Array {
    return layer.kind === "input" ? look.input.values : (look.layers.get(layer.name)?.values ?? new Float32Array(units(layer)));
}

/** The maps of the layer before that a map sees. */
export function sources(graph: Graph, layer: Layer, map: number): number[] {
    const from = before(graph, layer);
    if (from === null) return [];
    const listed = layer.table?.[map];
    if (listed !== undefined) return listed;
    if (layer.kind === "subsampling") return [Math.floor((map * from.maps) / layer.maps)];
    return Array.from({ length: from.maps }, (_, k) => k);
}

/** Whether every map sees every map of the layer before. */
export function complete(graph: Graph, layer: Layer): boolean {
    const from = before(graph, layer);
    return from === null || layer.table === undefined || layer.table.every((listed) => listed.length === from.maps);
}

function stride(layer: Layer): [stride: number, size: number] | null {
    if (layer.kind === "subsampling") return [2, layer.kernel ?? 2];
    if (layer.kind === "convolution") return [1, layer.kernel ?? 5];
    return null;
}

/** What an area of a layer sees of the layer before. */
export function seen(graph: Graph, layer: Layer, area: Area): Area {
    const from = before(graph, layer);
    if (from === null) return area;
    const step = stride(layer);
    if (step === null) return { top: 0, bottom: from.rows, left: 0, right: from.columns };
    const [by, size] = step;
    return {
        top: area.top * by,
        bottom: (area.bottom - 1) * by + size,
        left: area.left * by,
        right: (area.right - 1) * by + size,
    };
}

/** A unit's receptive field in every layer before its own, by the layers' names. */
export function fields(graph: Graph, unit: Unit): Map<string, Area> {
    const found = new Map<string, Area>();
    let layer = find(graph, unit.layer);
    let area = { top: unit.y, bottom: unit.y + 1, left: unit.x, right: unit.x + 1 };
    while (layer !== null) {
        const from = before(graph, layer);
        if (from === null) break;
        area = seen(graph, layer, area);
        found.set(from.name, area);
        layer = from;
    }
    return found;
}

/** The squashing function that a graph tells in words. */
export function squashing(words: string | null | undefined): (a: number) => number {
    if (words === null || words === undefined) return (a) => a;
    const tanh = /([\d.]+)\s*\*?\s*tanh\(\s*([\d.]+)\s*\/?\s*([\d.]*)\s*\*?\s*a\s*\)/.exec(words);
    if (tanh !== null) {
        const [amplitude, slope] = [Number(tanh[1]), Number(tanh[2]) / (tanh[3] ? Number(tanh[3]) : 1)];
        return (a) => amplitude * Math.tanh(slope * a);
    }
    if (/max|relu/i.test(words)) return (a) => Math.max(0, a);
    return (a) => a;
}

/** A piece of a tensor whose first axes are map (and source map). */
function kernel(tensor: Tensor | undefined, layer: Layer, map: number, source: number, maps: number, size: number): Float32Array {
    if (tensor === undefined) return new Float32Array(size);
    const row = tensor.values.length / layer.maps;
    // a weight for every source map, or only one for all
    const begin = map * row + (row >= maps * size ? source * size : 0);
    return tensor.values.subarray(begin, begin + size);
}

function patch(values: Float32Array, from: Layer, map: number, area: Area): Float32Array {
    const [rows, columns] = [area.bottom - area.top, area.right - area.left];
    const cut = new Float32Array(rows * columns);
    for (let v = 0; v < rows; v++) {
        const begin = (map * from.rows + area.top + v) * from.columns + area.left;
        cut.set(values.subarray(begin, begin + columns), v * columns);
    }
    return cut;
}

/** A unit's value, computed from the weights and the states of the layer before. */
export function arithmetic(graph: Graph, weights: Weights, look: Look, unit: Unit): Arithmetic | null {
    const layer = find(graph, unit.layer);
    const from = layer === null ? null : before(graph, layer);
    if (layer === null || from === null) return null;
    const inputs = states(look, from);
    const told = states(look, layer)[(unit.map * layer.rows + unit.y) * layer.columns + unit.x] ?? 0;
    const area = seen(graph, layer, { top: unit.y, bottom: unit.y + 1, left: unit.x, right: unit.x + 1 });
    const [rows, columns] = [area.bottom - area.top, area.right - area.left];
    const size = rows * columns;
    const weight = weights.tensors.get(layer.weight ?? "");
    const one = new Float32Array(size).fill(1);
    const terms = sources(graph, layer, unit.map).map((map): Term => {
        const cut = patch(inputs, from, map, area);
        const factors =
            layer.kind === "subsampling"
                ? one
                : layer.kind === "rbf"
                  ? kernel(weights.codes ?? weight, layer, unit.map, map, from.maps, size)
                  : kernel(weight, layer, unit.map, map, from.maps, size);
        let sum = 0;
        for (let k = 0; k < size; k++) {
            const [x, w] = [cut[k] ?? 0, factors[k] ?? 0];
            sum += layer.kind === "rbf" ? (x - w) ** 2 : x * w;
        }
        return { map, rows, columns, weights: factors, inputs: cut, sum };
    });
    const coefficient = layer.kind === "subsampling" ? (weights.tensors.get(layer.coefficient ?? "")?.values[unit.map] ?? 1 / size) : null;
    const bias = weights.tensors.get(layer.bias ?? "")?.values[unit.map] ?? 0;
    if (layer.pooling === "max") {
        const largest = Math.max(...terms.flatMap(({ inputs }) => [...inputs]));
        return { kind: layer.kind, terms, coefficient: 1, bias: 0, sum: largest, value: largest, told };
    }
    const total = terms.reduce((sum, term) => sum + term.sum, 0);
    const sum = total * (coefficient ?? 1) + bias;
    // a linear output's penalty is the less, the larger its sum
    const negative = layer.kind === "dense" && layer === graph.layers.at(-1);
    return { kind: layer.kind, terms, coefficient, bias, sum, value: negative ? -sum : squashing(layer.squashing)(sum), told };
}
