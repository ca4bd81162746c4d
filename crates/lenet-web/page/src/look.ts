// Look inside: every layer of the network, live, for what is drawn or chosen.

import * as api from "./api";
import { button, choice, h, put } from "./dom";
import { onScheme, paint, type Scale } from "./glyph";
import { Latest } from "./latest";
import { Live } from "./live";
import type { Model } from "./model";
import { Pad } from "./pad";
import { FINDER } from "./reading";
import { Stage } from "./stage";
import { onLanguage, percent, t } from "./texts";

/** The input of black ink. */
const BLACK = 1.175;

export class LookInside {
    readonly element: HTMLElement;
    private readonly stage: Stage;
    private readonly pad: Pad;
    private readonly gets = h("canvas", { class: "pixels gets", role: "img", "aria-label": () => t().look.gets });
    private readonly answer = h("p", { class: "answer small" });
    private readonly live = new Live();
    private readonly requests = new Latest((error) => this.model.fail(error));
    private seed = 0;

    constructor(private readonly model: Model) {
        this.stage = new Stage(model);
        this.pad = new Pad(
            () => t().look.pad,
            18,
            () => this.read(),
        );
        const [colours] = choice(
            () => t().look.colours,
            [
                ["signed", () => t().look.signed],
                ["grey", () => t().look.grey],
            ],
            (value) => {
                this.stage.colours = value as Scale;
                ramp.classList.toggle("grey", value === "grey");
            },
        );
        const ramp = h("span", { class: "ramp" });
        const legend = h("span", { class: "legend" }, h("span", {}, "\u22121.7"), ramp, h("span", {}, "+1.7"));
        this.element = h(
            "section",
            { class: "look-inside" },
            h("h2", {}, () => t().look.title),
            h("p", { class: "lead" }, () => t().look.lead),
            h(
                "div",
                { class: "source" },
                h(
                    "div",
                    {},
                    this.pad.element,
                    h(
                        "div",
                        { class: "tools" },
                        button(() => t().draw.undo, () => this.pad.undo()),
                        button(() => t().draw.clear, () => this.pad.clear()),
                        button(() => t().look.digit, () => void this.another()),
                    ),
                ),
                h("figure", {}, this.gets, h("figcaption", { class: "quiet" }, () => t().look.gets)),
                h("div", {}, this.answer, this.live.element, colours, legend),
            ),
            this.stage.element,
        );
        model.on("look", () => this.show());
        onLanguage(() => this.show());
        onScheme(() => this.show());
    }

    /** Paints what has changed while it was hidden. */
    shown(): void {
        this.show();
        this.stage.refresh();
        if (this.model.pixels === null) void this.another();
    }

    /** A digit of the test set. */
    private async another(): Promise<void> {
        try {
            this.seed += 1;
            const [digit] = await api.someDigits((3 + 7 * this.seed) % 10, 1, this.seed);
            if (digit !== undefined) this.model.see(digit.image.pixels);
        } catch (error) {
            this.model.fail(error);
        }
    }

    /** Prepares the drawing as the reader does; the network gets its largest part. */
    private read(): void {
        if (this.pad.empty) return;
        this.requests.submit(async () => {
            const page = await api.read(this.pad.content().picture, FINDER);
            const parts = [...page.lines.flatMap((line) => line.digits), ...page.others];
            const [largest] = parts.sort((a, b) => b.bbox.height * b.bbox.width - a.bbox.height * a.bbox.width);
            if (largest !== undefined) this.model.see(largest.image.pixels);
        });
    }

    private show(): void {
        const { look } = this.model;
        if (this.element.hidden || look === null) return;
        const [, rows = 0, columns = 0] = look.input.shape;
        paint(this.gets, look.input.values, rows, columns, BLACK, "ink");
        const { value, digit, probability, penalty, runner_up } = look.answer;
        const texts = t().look;
        put(
            this.answer,
            h("strong", {}, value === null ? "?" : String(value)),
            " ",
            h("span", { class: "quiet" }, value === null ? texts.none(digit) : texts.answer(percent(probability), penalty.toFixed(1).replace("-", "\u2212"), runner_up)),
        );
        this.live.say(t().draw.say(this.answer.textContent ?? ""));
    }
}
