// The last layer's states as a picture, beside the codes of the ten classes, with the distance to each.

import type { Layer, Look } from "./contract";
import { h, put } from "./dom";
import { paint } from "./glyph";
import { states, type Unit } from "./graph";
import type { Pointing } from "./maps";
import type { Network } from "./model";
import { t } from "./texts";

export class Codes {
    readonly element = h("div", { class: "codes" });

    /** `from` has the states, `output` the ten penalties. */
    constructor(
        private readonly from: Layer,
        private readonly output: Layer,
        private readonly pointing: Pointing,
    ) {}

    show(network: Network, look: Look): void {
        const texts = t().look;
        const { codes } = network.weights;
        const [rows, columns] = this.from.picture ?? [1, this.from.maps];
        const picture = (values: Float32Array, words: string): HTMLCanvasElement => {
            const canvas = h("canvas", { class: "pixels", role: "img", "aria-label": words });
            paint(canvas, values, rows, columns, 1.7159, "signed");
            return canvas;
        };
        const penalties = states(look, this.output);
        const ranked = [...penalties].sort((a, b) => a - b);
        const figures = [...penalties].map((penalty, digit) => {
            const size = rows * columns;
            const code = codes?.values.subarray(digit * size, (digit + 1) * size);
            const rank = ranked.indexOf(penalty);
            const unit: Unit = { layer: this.output.name, map: digit, y: 0, x: 0 };
            return h(
                "button",
                {
                    type: "button",
                    class: rank === 0 ? "first" : rank === 1 ? "second" : "",
                    "aria-label": texts.distance(digit, penalty.toFixed(1)),
                    onclick: () => this.pointing.choose(unit),
                    onpointerenter: () => this.pointing.point(unit),
                    onpointerleave: () => this.pointing.point(null),
                },
                code === undefined || codes === null ? null : picture(code, texts.code_of(digit)),
                h("span", {}, h("strong", {}, String(digit)), ` ${penalty.toFixed(1)}`),
            );
        });
        const own = h("figure", { class: "own" }, picture(states(look, this.from), texts.units(this.from.name, this.from.maps)), h("figcaption", {}, this.from.name));
        put(this.element, own, h("div", { class: "row" }, ...figures));
    }
}
