// Digits side by side, each of which can be opened in "Look inside".

import { h, put } from "./dom";
import { onScheme, paintImage } from "./glyph";
import type { Labelled, Misread } from "./contract";
import { t } from "./texts";

export class Gallery {
    readonly element = h("div", { class: "gallery" });
    private canvases: [HTMLCanvasElement, Labelled][] = [];

    constructor(private readonly open: (pixels: Uint8Array) => void) {
        onScheme(() => this.paint());
    }

    /** Shows digits; with the answers that they got, where they were misread. */
    show(digits: Labelled[], answers: Map<number, Misread> = new Map()): void {
        const texts = t().train;
        this.canvases = [];
        const figures = digits.map((digit) => {
            const answer = answers.get(digit.index)?.answer;
            const canvas = h("canvas", { class: "pixels", "aria-hidden": "true" });
            this.canvases.push([canvas, digit]);
            const words = answer === undefined ? texts.digit(digit.index, digit.label) : texts.misread_as(digit.index, digit.label, answer);
            const caption = answer === undefined ? String(digit.label) : `${digit.label} \u2192 ${answer}`;
            return h("button", { type: "button", title: words, "aria-label": words, onclick: () => this.open(digit.image.pixels) }, canvas, h("span", {}, caption));
        });
        this.paint();
        put(this.element, ...figures);
    }

    private paint(): void {
        for (const [canvas, { image }] of this.canvases) paintImage(canvas, image);
    }
}
