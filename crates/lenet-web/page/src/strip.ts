// A row of digits read by the replicated network: an answer at every fourth column.

import * as api from "./api";
import type { StringAnswer } from "./contract";
import { button, h, put, s, slider } from "./dom";
import { onScheme, paint } from "./glyph";
import { Latest } from "./latest";
import { Live } from "./live";
import { onLanguage, t } from "./texts";

const ROWS = 32;
const [COUNT, SIDE, FRAME] = [5, 28, 2];
/** A penalty at which an answer is shown as nothing. */
const NOTHING = 50;
const CELL = 14;
/** Columns that an answer is for. */
const WINDOW = 32;

export class Strip {
    readonly element = h("div", { class: "strip" });
    private readonly picture = h("canvas", { class: "pixels", role: "img", "aria-label": () => t().tour.row });
    private readonly answers = h("div", {});
    private readonly text = h("p", { class: "answer" });
    private readonly live = new Live();
    private readonly requests: Latest;
    private digits: Uint8Array[] = [];
    private pixels = new Uint8Array(0);
    private answer: StringAnswer | null = null;
    private gap = -2;
    private seed = 0;

    constructor(private readonly fail: (error: unknown) => void) {
        this.requests = new Latest(fail);
        const [gap] = slider(
            () => t().tour.gap,
            { min: -10, max: 8, step: 1, value: this.gap },
            (value) => `${value} px`,
            (value) => {
                this.gap = value;
                this.read();
            },
        );
        const others = button(
            () => t().tour.others,
            () => void this.begin(),
        );
        this.element.append(gap, others, h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": () => t().tour.row }, this.picture, this.answers), this.text, this.live.element);
        onScheme(() => this.show());
        onLanguage(() => this.show());
    }

    /** Takes other digits from the test set. */
    async begin(): Promise<void> {
        try {
            this.seed += 1;
            const labels = Array.from({ length: COUNT }, (_, k) => (this.seed * 7 + k * 3 + ((k * k) % 4)) % 10);
            const found = await Promise.all(labels.map((label, k) => api.someDigits(label, 1, this.seed * 10 + k)));
            this.digits = found.flatMap((digits) => digits.map(({ image }) => image.pixels));
            this.read();
        } catch (error) {
            this.fail(error);
        }
    }

    /** Puts the digits side by side and asks for answers. */
    private read(): void {
        const step = SIDE + this.gap;
        const width = Math.ceil((FRAME * 4 + step * (this.digits.length - 1) + SIDE) / 4) * 4;
        const pixels = new Uint8Array(ROWS * width);
        this.digits.forEach((digit, k) => {
            const left = 2 * FRAME + k * step;
            for (let y = 0; y < SIDE; y++) {
                for (let x = 0; x < SIDE; x++) {
                    const at = (y + FRAME) * width + left + x;
                    pixels[at] = Math.max(pixels[at] ?? 0, digit[y * SIDE + x] ?? 0);
                }
            }
        });
        this.pixels = pixels;
        this.requests.submit(async () => {
            this.answer = await api.strings(pixels, width);
            this.show();
        });
    }

    private show(): void {
        const width = this.pixels.length / ROWS;
        if (width === 0) return;
        paint(this.picture, this.pixels, ROWS, width, 255, "ink");
        this.picture.style.width = `${(width * CELL) / 4}px`;
        const { answer } = this;
        if (answer === null) return;
        put(this.answers, this.table(answer, width));
        put(this.text, answer.text);
        this.live.say(t().draw.say(answer.text));
    }

    /** For every column and class how near the answer is; circles where the decoder sees a digit. */
    private table({ answers, digits }: StringAnswer, width: number): SVGSVGElement {
        const texts = t().tour;
        const [wide, high] = [(width * CELL) / 4, 10 * CELL + 8];
        const x = (column: number): number => (column * CELL) / 4;
        const cells = answers.flatMap(({ column, penalties }) =>
            penalties.map((penalty, digit) =>
                s("rect", { x: x(column + WINDOW / 2) - CELL / 2, y: digit * CELL + 4, width: CELL - 1, height: CELL - 1, "fill-opacity": Math.max(0, 1 - penalty / NOTHING).toFixed(2) }),
            ),
        );
        const rows = Array.from({ length: 10 }, (_, digit) => s("text", { x: 2, y: digit * CELL + CELL + 1 }, String(digit)));
        const found = digits.map(({ value, column }) => s("circle", { cx: x(column), cy: value * CELL + CELL / 2 + 3.5, r: CELL * 0.75 }));
        const svg = s("svg", { class: "answers", viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": texts.columns }, ...cells, ...rows, ...found);
        svg.style.width = `${wide}px`;
        return svg;
    }
}
