// The last layer's states as a picture, beside the codes of the ten classes, with the distance to each.

import type { Layer, Look } from "./contract";
import { h } from "./dom";
import { paint } from "./glyph";
import { states, type Unit } from "./graph";
import type { Pointing } from "./maps";
import type { Network } from "./model";
import { t } from "./texts";

/** A state of the squashing function's amplitude has the full colour. */
const FULL = 1.7159;

interface Class {
    shown: HTMLButtonElement;
    /** The code, if classes have any. */
    picture: HTMLCanvasElement | null;
    penalty: HTMLElement;
}

export class Codes {
    readonly element: HTMLElement;
    private readonly own: HTMLCanvasElement;
    private readonly classes: Class[];

    /** `from` has the states, `output` the ten penalties. */
    constructor(
        private readonly network: Network,
        private readonly from: Layer,
        private readonly output: Layer,
        private readonly pointing: Pointing,
    ) {
        const texts = t().look;
        this.own = h("canvas", { class: "pixels", role: "img", "aria-label": texts.units(from.name, from.maps) });
        this.classes = Array.from({ length: output.maps }, (_, digit) => this.button(digit));
        this.element = h(
            "div",
            { class: "codes" },
            h("figure", { class: "own" }, this.own, h("figcaption", {}, from.name)),
            h("div", { class: "row" }, ...this.classes.map(({ shown }) => shown)),
        );
        this.paint();
    }

    private button(digit: number): Class {
        const unit: Unit = { layer: this.output.name, map: digit, y: 0, x: 0 };
        const picture = this.network.weights.codes === null ? null : h("canvas", { class: "pixels", "aria-hidden": "true" });
        const penalty = h("span", {});
        const shown = h(
            "button",
            {
                type: "button",
                onclick: () => this.pointing.choose(unit),
                onpointerenter: () => this.pointing.point(unit),
                onpointerleave: () => this.pointing.point(null),
            },
            picture,
            h("span", {}, h("strong", {}, String(digit)), " ", penalty),
        );
        return { shown, picture, penalty };
    }

    private get size(): [rows: number, columns: number] {
        return this.from.picture ?? [1, this.from.maps];
    }

    /** Paints the codes, which are always the same. */
    paint(): void {
        const [rows, columns] = this.size;
        this.classes.forEach(({ picture }, digit) => {
            const code = this.network.weights.codes?.values.subarray(digit * rows * columns, (digit + 1) * rows * columns);
            if (picture !== null && code !== undefined) paint(picture, code, rows, columns, FULL, "signed");
        });
    }

    show(look: Look): void {
        const penalties = states(look, this.output);
        const ranked = [...penalties].sort((a, b) => a - b);
        paint(this.own, states(look, this.from), ...this.size, FULL, "signed");
        this.classes.forEach(({ shown, penalty }, digit) => {
            const value = penalties[digit] ?? 0;
            shown.className = ["first", "second"][ranked.indexOf(value)] ?? "";
            penalty.textContent = value.toFixed(1).replace("-", "\u2212");
            shown.setAttribute("aria-label", t().look.distance(digit, value.toFixed(1)));
        });
    }
}
