// Sliders that change the digit that is looked at.

import * as api from "./api";
import { button, h, slider } from "./dom";
import type { Model } from "./model";
import { t } from "./texts";
import { type Change, changed, UNCHANGED } from "./transform";

type Kind = keyof Change;

const RANGES: Record<Kind, { min: number; max: number; step: number; show: (value: number) => string }> = {
    rotation: { min: -60, max: 60, step: 1, show: (value) => `${value}\u00b0` },
    scale: { min: 0.5, max: 1.6, step: 0.05, show: (value) => `\u00d7${value.toFixed(2)}` },
    right: { min: -8, max: 8, step: 1, show: (value) => `${value} px` },
    down: { min: -8, max: 8, step: 1, show: (value) => `${value} px` },
    noise: { min: 0, max: 0.3, step: 0.01, show: (value) => `${Math.round(100 * value)} %` },
};

export class Mover {
    readonly element = h("div", { class: "mover" });
    private base: Uint8Array | null = null;
    private change: Change = { ...UNCHANGED };
    private seed = 0;

    constructor(
        private readonly model: Model,
        private readonly kinds: Kind[],
    ) {
        this.build();
    }

    /** Begins with the digit that is looked at, or one of the test set. */
    begin(): void {
        this.change = { ...UNCHANGED };
        this.build();
        const { pixels } = this.model;
        if (pixels !== null && pixels.length === 28 * 28) {
            this.base = pixels;
            this.see();
        } else void this.another();
    }

    private build(): void {
        const sliders = this.kinds.map((kind) => {
            const { show, ...range } = RANGES[kind];
            const [element] = slider(
                () => t().tour.changes[kind],
                { ...range, value: this.change[kind] },
                show,
                (value) => {
                    this.change[kind] = value;
                    this.see();
                },
            );
            return element;
        });
        const reset = button(
            () => t().tour.reset,
            () => {
                this.change = { ...UNCHANGED };
                this.build();
                this.see();
            },
        );
        const another = button(
            () => t().look.digit,
            () => void this.another(),
        );
        this.element.replaceChildren(...sliders, h("div", { class: "row" }, another, this.kinds.length > 0 ? reset : null));
    }

    private see(): void {
        if (this.base !== null) this.model.see(changed(this.base, this.change));
    }

    private async another(): Promise<void> {
        try {
            this.seed += 1;
            const [digit] = await api.someDigits((2 + 3 * this.seed) % 10, 1, this.seed);
            this.base = digit?.image.pixels ?? null;
            this.see();
        } catch (error) {
            this.model.fail(error);
        }
    }
}
