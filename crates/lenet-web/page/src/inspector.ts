// The arithmetic of one unit: inputs x weights + bias -> squashing -> value.

import type { Layer, Look } from "./contract";
import { h, put } from "./dom";
import { paint } from "./glyph";
import { arithmetic, type Arithmetic, before, find, states, type Term, type Unit } from "./graph";
import { most } from "./maps";
import type { Network } from "./model";
import { t } from "./texts";

/** Kernels that are shown; of more the largest parts of the sum. */
const SHOWN = 16;

function number(value: number): string {
    return value.toFixed(Math.abs(value) >= 100 ? 1 : 3).replace("-", "\u2212");
}

function picture(values: Float32Array, { rows, columns }: Term, full: number, words: string): HTMLElement {
    const canvas = h("canvas", { class: "pixels patch", role: "img", "aria-label": words });
    // a row of many numbers is a picture too
    const [tall, wide] = rows * columns > 1 ? [rows, columns] : [1, 1];
    paint(canvas, values, tall, wide, full, "signed");
    return canvas;
}

function largest(values: Iterable<number>): number {
    let found = 1e-6;
    for (const value of values) found = Math.max(found, Math.abs(value));
    return found;
}

export class Inspector {
    readonly element = h("aside", { class: "inspector", "aria-live": "off" });

    constructor() {
        this.clear();
    }

    clear(): void {
        this.element.classList.add("idle");
        put(this.element, h("h3", {}, () => t().look.unit), h("p", { class: "quiet" }, () => t().look.point));
    }

    show(network: Network, look: Look, unit: Unit): void {
        const layer = find(network.graph, unit.layer);
        const sum = arithmetic(network.graph, network.weights, look, unit);
        if (layer === null) return;
        this.element.classList.remove("idle");
        const texts = t();
        const title = h("h3", {}, texts.look.title_of(unit.layer, unit.map, unit.y, unit.x, layer.rows * layer.columns === 1));
        if (sum === null) {
            const value = states(look, layer)[(unit.map * layer.rows + unit.y) * layer.columns + unit.x] ?? 0;
            put(this.element, title, h("p", { class: "sum" }, `x = ${number(value)}`), h("p", { class: "quiet" }, texts.look.input));
            return;
        }
        const from = before(network.graph, layer);
        put(this.element, title, this.terms(sum, from, look), this.line(sum, layer), this.check(sum));
    }

    /** Inputs and weights, map by map. */
    private terms(sum: Arithmetic, from: Layer | null, look: Look): HTMLElement {
        const texts = t().look;
        const inputs = from === null ? 1 : most(from, states(look, from));
        const weights = largest(sum.terms.flatMap(({ weights }) => [...weights]));
        const single = sum.terms.length > 1 && sum.terms.every(({ rows, columns }) => rows * columns === 1);
        const terms = single ? [joined(sum.terms)] : [...sum.terms];
        const shown = terms.length > SHOWN ? terms.sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum)).slice(0, SHOWN) : terms;
        const rows = shown.map((term) => {
            const name = from === null || single ? (from?.name ?? "") : from.maps > 1 ? `${from.name}.${term.map}` : from.name;
            return h(
                "div",
                { class: "term" },
                h("span", { class: "quiet" }, name),
                picture(term.inputs, term, inputs, texts.inputs),
                h("span", {}, sum.kind === "rbf" ? "\u2212" : "\u00d7"),
                sum.kind === "subsampling"
                    ? h("span", { class: "number" }, number(sum.coefficient ?? 1))
                    : picture(term.weights, term, sum.kind === "rbf" ? inputs : weights, sum.kind === "rbf" ? texts.code : texts.weights),
                h("span", { class: "number" }, `= ${number(term.sum * (sum.coefficient ?? 1))}`),
            );
        });
        const more = terms.length - shown.length;
        return h("div", { class: "terms" }, ...rows, more > 0 ? h("p", { class: "quiet" }, texts.more(more)) : null);
    }

    private line(sum: Arithmetic, layer: Layer): HTMLElement {
        const texts = t().look;
        const total = sum.sum - sum.bias;
        if (sum.kind === "rbf") return h("p", { class: "sum" }, `y = \u2016x \u2212 w\u2016\u00b2 = ${number(sum.value)}`);
        return h(
            "div",
            { class: "sum" },
            h("p", {}, `a = ${number(total)} ${sum.bias < 0 ? "\u2212" : "+"} ${number(Math.abs(sum.bias))} = ${number(sum.sum)}`),
            h("p", { class: "quiet" }, texts.bias),
            h("p", {}, layer.squashing ? `x = ${layer.squashing.replace("tanh", "\u00b7 tanh")} = ${number(sum.value)}` : `${sum.value === sum.sum ? "x = a" : "y = \u2212a"} = ${number(sum.value)}`),
        );
    }

    /** What the page computed next to what the server says. */
    private check({ value, told }: Arithmetic): HTMLElement {
        const texts = t().look;
        const same = Math.abs(value - told) <= 1e-4 * Math.max(1, Math.abs(told));
        const shown = h("p", { class: same ? "check" : "check wrong" }, same ? texts.same(number(told)) : texts.other(number(told)));
        shown.dataset.computed = String(value);
        shown.dataset.told = String(told);
        return shown;
    }
}

/** Maps of one unit each as one row of numbers, shown as a picture. */
function joined(terms: Term[]): Term {
    const rows = Math.max(1, ...[12, 10, 8, 7, 6, 5, 4, 3, 2].filter((rows) => terms.length % rows === 0).slice(0, 1));
    return {
        map: 0,
        rows,
        columns: terms.length / rows,
        weights: Float32Array.from(terms, ({ weights }) => weights[0] ?? 0),
        inputs: Float32Array.from(terms, ({ inputs }) => inputs[0] ?? 0),
        sum: terms.reduce((sum, term) => sum + term.sum, 0),
    };
}
