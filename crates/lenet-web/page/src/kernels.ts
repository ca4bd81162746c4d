// A layer's kernels as pictures: all of a layer that has few inputs, or those of one map.

import type { Layer, Tensor } from "./contract";
import { h, put } from "./dom";
import { paint } from "./glyph";
import { before, sources } from "./graph";
import type { Network } from "./model";
import { t } from "./texts";

/** A kernel of a layer: the weights between a map and a map of the layer before. */
export function kernelOf(tensor: Tensor, map: number, source: number): { values: Float32Array; rows: number; columns: number } {
    const [maps = 1, inputs = 1, rows = 1, columns = 1] = tensor.shape;
    const size = rows * columns;
    const begin = (Math.min(map, maps - 1) * inputs + Math.min(source, inputs - 1)) * size;
    return { values: tensor.values.subarray(begin, begin + size), rows, columns };
}

/** The largest weight, for the colours. */
export function strongest(tensor: Tensor): number {
    return tensor.values.reduce((so_far, value) => Math.max(so_far, Math.abs(value)), 1e-6);
}

export class Kernels {
    readonly element = h("div", { class: "kernels" });
    private map: number | null = null;
    private readonly tensor: Tensor | null;
    private readonly single: boolean;

    constructor(
        private readonly network: Network,
        readonly layer: Layer,
    ) {
        this.tensor = network.weights.tensors.get(layer.weight ?? "") ?? null;
        this.single = before(network.graph, layer)?.maps === 1;
        if (!this.single) this.element.classList.add("of-map");
    }

    /** Shows the kernels of one map; with null those that are always shown. */
    show(map: number | null): void {
        if (map === this.map && this.element.childElementCount > 0) return;
        this.map = map;
        this.paint();
    }

    paint(): void {
        const { tensor, layer, map } = this;
        if (tensor === null || tensor.shape.length !== 4) return;
        const full = strongest(tensor);
        const texts = t().look;
        const from = before(this.network.graph, layer)?.name ?? "";
        const pairs: [number, number][] = this.single
            ? Array.from({ length: layer.maps }, (_, own): [number, number] => [own, 0])
            : map === null
              ? []
              : sources(this.network.graph, layer, map).map((source): [number, number] => [map, source]);
        const pictures = pairs.map(([own, source]) => {
            const canvas = h("canvas", { class: "pixels kernel", role: "img", "aria-label": texts.kernel(layer.name, own, from, source) });
            const { values, rows, columns } = kernelOf(tensor, own, source);
            paint(canvas, values, rows, columns, full, "signed");
            const chosen = this.single && map === own ? "lit" : "";
            return h("figure", { class: chosen }, canvas, h("figcaption", {}, this.single ? String(own) : `${from}.${source}`));
        });
        const words = this.single ? texts.kernels : map === null ? texts.point_map(layer.name) : texts.kernels_of(layer.name, map);
        put(this.element, h("p", { class: "quiet" }, words), h("div", { class: "row" }, ...pictures));
    }
}
