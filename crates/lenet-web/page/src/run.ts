// One run: how it goes while it trains, and what came out.

import * as api from "./api";
import { confusion } from "./confusion";
import type { Misread, PassRecord, Progress, Run, Score, Tensor } from "./contract";
import { button, h, put } from "./dom";
import { Gallery } from "./gallery";
import { onScheme, paint } from "./glyph";
import { kernelOf, strongest } from "./kernels";
import { type Curve, plot } from "./plot";
import { count, onLanguage, t } from "./texts";

/** Misread digits that are shown at a time. */
const SHOWN = 60;
/** Layers of more maps do not show their kernels. */
const MANY = 40;

/** The curve of a run's training error in %. */
export function trainingError(history: PassRecord[]): [number, number][] {
    return history.map(({ pass, errors, patterns }) => [pass, (100 * errors) / Math.max(1, patterns)]);
}

function validationError(run: Run): [number, number][] {
    return run.history.flatMap(({ pass, validation_errors: errors, validation_patterns: own }): [number, number][] => {
        const patterns = own ?? run.validation ?? 0;
        return errors === undefined || patterns === 0 ? [] : [[pass, (100 * errors) / patterns]];
    });
}

function time(seconds: number): string {
    const rounded = Math.max(0, Math.round(seconds));
    return rounded < 60 ? `${rounded} s` : `${Math.floor(rounded / 60)}:${String(rounded % 60).padStart(2, "0")} min`;
}

export class RunView {
    readonly element = h("div", { class: "run", hidden: true });
    private readonly head = h("h3", {});
    private readonly state = h("p", { class: "quiet", "aria-live": "polite" });
    private readonly bar = h("progress", { max: 1, value: 0, "aria-label": () => t().train.progress });
    private readonly speed = h("p", { class: "quiet speed" });
    private readonly controls = h("div", { class: "row" });
    private readonly curves = h("div", { class: "plots" });
    private readonly kernels = h("div", { class: "growing" });
    private readonly result = h("div", { class: "score" });
    private readonly gallery: Gallery;
    private run: Run | null = null;
    private progress: Progress | null = null;
    private tensors = new Map<string, Tensor>();
    private watching: AbortController | null = null;

    constructor(
        private readonly fail: (error: unknown) => void,
        private readonly actions: {
            use: (name: string) => void;
            open: (name: string, pixels: Uint8Array) => void;
            ended: () => void;
        },
    ) {
        this.gallery = new Gallery((pixels) => this.actions.open(this.run?.name ?? "", pixels));
        this.element.append(
            h("div", { class: "run-head" }, this.head, this.controls),
            this.bar,
            h("div", { class: "row between" }, this.state, this.speed),
            this.curves,
            this.kernels,
            this.result,
        );
        onLanguage(() => this.show());
        onScheme(() => this.paintKernels());
    }

    /** Shows a run, and follows it while it goes on. */
    async open(name: string): Promise<void> {
        this.watching?.abort();
        const watching = new AbortController();
        this.watching = watching;
        this.progress = null;
        this.tensors = new Map();
        this.run = await api.run(name);
        this.element.hidden = false;
        this.show();
        if (this.run.state !== "finished") return this.follow(name, watching.signal);
        const { tensors } = await api.weights(`run:${name}`);
        if (watching.signal.aborted) return;
        this.tensors = tensors;
        this.paintKernels();
    }

    private async follow(name: string, signal: AbortSignal): Promise<void> {
        try {
            for await (const event of api.events(name, signal)) {
                if (this.run === null || signal.aborted) return;
                if (event.kind === "progress") {
                    this.progress = event.data;
                    this.showProgress();
                } else if (event.kind === "pass") {
                    const before = this.run.history.filter(({ pass }) => pass < event.record.pass);
                    this.run.history = [...before, event.record];
                    // passes before the last come without their weights
                    if (event.tensors.size > 0) this.tensors = event.tensors;
                    this.showCurves();
                    this.paintKernels();
                } else if (event.kind === "failed") {
                    this.fail(event.error);
                } else break;
            }
            const ended = await api.run(name);
            if (signal.aborted) return;
            this.run = ended;
            this.progress = null;
            this.show();
            this.actions.ended();
        } catch (error) {
            this.fail(error);
        }
    }

    private control(what: "stop" | "resume"): void {
        const name = this.run?.name;
        if (name === undefined) return;
        api.control(name, what)
            .then(() => (what === "resume" ? this.open(name) : undefined))
            .catch((error: unknown) => this.fail(error));
    }

    private show(): void {
        const { run } = this;
        if (run === null) return;
        const texts = t().train;
        put(this.head, run.name);
        const use = button(texts.use, () => this.actions.use(run.name), { class: "main" });
        put(
            this.controls,
            run.state === "running" ? button(texts.stop, () => this.control("stop")) : null,
            run.state === "stopped" ? button(texts.resume, () => this.control("resume")) : null,
            run.state === "finished" ? use : null,
        );
        this.showProgress();
        this.showCurves();
        this.paintKernels();
        this.showScore(run.score ?? run.test);
    }

    private showProgress(): void {
        const { run, progress } = this;
        if (run === null) return;
        const texts = t().train;
        const done = run.history.length;
        this.bar.hidden = run.state === "finished";
        this.bar.value = progress === null ? done / run.passes : (progress.pass - 1 + progress.seen / Math.max(1, progress.of)) / progress.passes;
        const words = texts.state(texts.states[run.state], done, run.passes);
        if (this.state.textContent !== words) this.state.textContent = words;
        this.speed.textContent = progress === null ? "" : texts.speed(count(progress.patterns_per_second), time(progress.seconds_left));
    }

    private showCurves(): void {
        const { run } = this;
        if (run === null) return;
        const texts = t().train;
        this.showProgress();
        const errors: Curve[] = [{ name: texts.training, colour: 0, points: trainingError(run.history) }];
        const held = validationError(run);
        if (held.length > 0) errors.push({ name: texts.validation, colour: 1, points: held });
        const criterion: Curve = { name: texts.criterion, colour: 2, points: run.history.map(({ pass, criterion: value }) => [pass, value]) };
        put(
            this.curves,
            plot(texts.error_curve, texts.pass, " %", errors, run.passes),
            plot(texts.criterion_curve, texts.pass, "", [criterion], run.passes),
        );
    }

    /** The kernels of the convolutions after the last pass: inputs below each other, maps side by side. */
    private paintKernels(): void {
        const shown = [...this.tensors].filter(([, { shape }]) => shape.length === 4 && (shape[0] ?? 0) <= MANY);
        const texts = t().train;
        put(
            this.kernels,
            ...shown.map(([name, tensor]) => {
                const [maps = 0, inputs = 0] = tensor.shape;
                const full = strongest(tensor);
                const grid = h("div", { class: `kernel-grid ${inputs > 1 ? "fine" : ""}` });
                for (let source = 0; source < inputs; source++) {
                    const row = h("div", { class: "row" });
                    for (let map = 0; map < maps; map++) {
                        const canvas = h("canvas", { class: "pixels kernel" });
                        const { values, rows, columns } = kernelOf(tensor, map, source);
                        paint(canvas, values, rows, columns, full, "signed");
                        row.append(canvas);
                    }
                    grid.append(row);
                }
                return h("figure", { role: "img", "aria-label": texts.growing(name) }, h("figcaption", {}, texts.growing(name)), grid);
            }),
        );
    }

    private showScore(score: Score | null): void {
        if (score === null) return put(this.result);
        const texts = t().train;
        const [from, to] = score.interval_percent;
        const headline = h(
            "p",
            { class: "headline" },
            h("strong", {}, `${score.error_percent.toFixed(2)} %`),
            " ",
            texts.test(score.errors, count(score.patterns), from.toFixed(2), to.toFixed(2)),
        );
        const misread = score.misread ?? [];
        const caption = h("p", { class: "quiet" }, texts.worst(misread.length));
        const table = score.confusion === undefined ? null : confusion(score.confusion, (truth, answer) => void this.cell(truth, answer, misread, caption));
        put(this.result, headline, h("div", { class: "score-grid" }, table, h("div", {}, h("h3", {}, texts.misread), caption, this.gallery.element)));
        void this.fill(misread.slice(0, SHOWN));
    }

    private async fill(misread: Misread[]): Promise<void> {
        try {
            const digits = await api.testDigits(misread.map(({ index }) => index));
            this.gallery.show(digits, new Map(misread.map((each) => [each.index, each])));
        } catch (error) {
            this.fail(error);
        }
    }

    /** Shows the digits of a cell of the confusion matrix. */
    private async cell(truth: number, answer: number, misread: Misread[], caption: HTMLElement): Promise<void> {
        const texts = t().train;
        if (truth === answer) {
            put(caption, texts.read_right(truth));
            try {
                this.gallery.show(await api.someDigits(truth, SHOWN, 1));
            } catch (error) {
                this.fail(error);
            }
            return;
        }
        const found = misread.filter((each) => each.truth === truth && each.answer === answer);
        put(caption, texts.cell(truth, answer, found.length));
        await this.fill(found.slice(0, SHOWN));
    }
}
