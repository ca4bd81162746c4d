// The guided tour: eight ideas of the paper, each beside the live picture that shows it.

import type { Graph, Layer } from "./contract";
import { button, h, put } from "./dom";
import { before, complete } from "./graph";
import { Live } from "./live";
import type { Model } from "./model";
import { Mover } from "./mover";
import { RunView } from "./run";
import { Stage } from "./stage";
import { Strip } from "./strip";
import { onLanguage, percent, t } from "./texts";
import { short } from "./train";

interface Step {
    element: HTMLElement;
    /** Called each time the step comes into sight. */
    shown: () => void;
}

/** The layers of a network by what the tour needs of them. */
function roles(graph: Graph): Record<"input" | "first" | "pooled" | "tabled" | "before_table" | "last" | "output", string> {
    const { layers } = graph;
    const name = (layer: Layer | null | undefined): string => layer?.name ?? "";
    const first = layers.find(({ kind }) => kind !== "input");
    const tabled = layers.find((layer) => layer.kind === "convolution" && !complete(graph, layer));
    const output = layers.at(-1);
    return {
        input: name(layers[0]),
        first: name(first),
        pooled: name(layers.find(({ kind }) => kind === "subsampling")),
        tabled: name(tabled),
        before_table: name(tabled === undefined ? null : before(graph, tabled)),
        last: name(output === undefined ? null : before(graph, output)),
        output: name(output),
    };
}

type Role = keyof ReturnType<typeof roles>;

/** Layers, and sliders that change the digit. */
function staged(
    model: Model,
    shown: Role[],
    parts: { table?: boolean; codes?: boolean; inspector?: boolean; kernels?: boolean },
    changes: ConstructorParameters<typeof Mover>[1],
    chosen?: { role: Role; map: number; y: number; x: number },
): Step {
    const mover = new Mover(model, changes);
    const stage = new Stage(model, {
        table: false,
        codes: false,
        inspector: false,
        kernels: false,
        ...parts,
        layers: (graph) => shown.map((role) => roles(graph)[role]),
        ...(chosen === undefined ? {} : { chosen: (graph) => ({ layer: roles(graph)[chosen.role], map: chosen.map, y: chosen.y, x: chosen.x }) }),
    });
    return {
        element: h("div", {}, mover.element, stage.element),
        shown: () => {
            stage.refresh();
            mover.begin();
        },
    };
}

function invariance(model: Model): Step {
    const step = staged(model, ["input", "output"], { codes: true }, ["rotation", "scale", "right", "down", "noise"]);
    const answer = h("p", { class: "answer small" });
    const live = new Live();
    const show = (): void => {
        if (model.look === null) return;
        const { value, digit, probability, penalty, runner_up } = model.look.answer;
        const words = value === null ? t().look.none(digit) : t().look.answer(percent(probability), penalty.toFixed(1), runner_up);
        put(answer, h("strong", {}, value === null ? "?" : String(value)), " ", h("span", { class: "quiet" }, words));
        live.say(t().draw.say(answer.textContent ?? ""));
    };
    model.on("look", show);
    onLanguage(show);
    step.element.prepend(answer, live.element);
    return step;
}

function training(model: Model): Step {
    const view = new RunView((error) => model.fail(error), {
        use: (name) => void model.refresh().then(() => model.choose(`run:${name}`)),
        open: (name, pixels) => {
            void model.choose(`run:${name}`).then(() => {
                model.see(pixels);
                location.hash = "#look";
            });
        },
        ended: () => void model.refresh(),
    });
    const fail = (error: unknown): void => model.fail(error);
    const begin = short((name) => void view.open(name).catch(fail), fail);
    return { element: h("div", {}, h("p", { class: "row" }, begin), view.element), shown: () => undefined };
}

function strings(model: Model): Step {
    const strip = new Strip((error) => model.fail(error));
    let begun = false;
    return {
        element: strip.element,
        shown: () => {
            if (!begun) void strip.begin();
            begun = true;
        },
    };
}

export class Tour {
    readonly element: HTMLElement;
    private readonly makers: ((model: Model) => Step)[] = [
        (model) => staged(model, ["input", "first"], { inspector: true }, [], { role: "first", map: 2, y: 12, x: 13 }),
        (model) => staged(model, ["input", "first"], { kernels: true }, ["right", "down"]),
        (model) => staged(model, ["first", "pooled"], { inspector: true }, ["right", "down"], { role: "pooled", map: 2, y: 6, x: 7 }),
        (model) => staged(model, ["before_table", "tabled"], { table: true, kernels: true }, [], { role: "tabled", map: 6, y: 4, x: 4 }),
        (model) => staged(model, ["last", "output"], { codes: true, inspector: true }, []),
        training,
        invariance,
        strings,
    ];
    private readonly steps = new Map<number, Step>();
    private readonly contents = h("ol", { class: "contents" });
    private readonly title = h("h3", { tabindex: -1 });
    private readonly text = h("p", { class: "story" });
    private readonly stage = h("div", { class: "tour-stage" });
    private readonly back = button(
        () => t().tour.back,
        () => this.go(this.at - 1),
    );
    private readonly next = button(
        () => t().tour.next,
        () => this.go(this.at + 1),
        { class: "main" },
    );
    private at = 1;

    constructor(private readonly model: Model) {
        this.element = h(
            "section",
            { class: "tour" },
            h("h2", {}, () => t().tour.title),
            h("p", { class: "lead" }, () => t().tour.lead),
            h(
                "div",
                { class: "tour-grid" },
                h("nav", { "aria-label": () => t().tour.steps }, this.contents),
                h("div", {}, this.title, this.text, this.stage, h("div", { class: "row turn" }, this.back, this.next)),
            ),
        );
        onLanguage(() => this.words());
        model.on("network", () => {
            if (!this.element.hidden) this.steps.get(this.at)?.shown();
        });
    }

    private go(step: number): void {
        location.hash = `#tour/${step}`;
        this.title.focus({ preventScroll: true });
    }

    /** The address names the step. */
    shown(rest: string): void {
        this.at = Math.min(this.makers.length, Math.max(1, Math.floor(Number(rest)) || 1));
        let step = this.steps.get(this.at);
        const make = this.makers[this.at - 1];
        if (step === undefined && make !== undefined) {
            step = make(this.model);
            this.steps.set(this.at, step);
        }
        this.words();
        if (step === undefined) return;
        put(this.stage, step.element);
        if (this.model.network !== null) step.shown();
    }

    private words(): void {
        const { tour } = t();
        const story = tour.stories[this.at - 1];
        put(this.title, `${this.at}. ${story?.title ?? ""}`);
        put(this.text, story?.text ?? "");
        const links = tour.stories.map(({ title }, k) => h("li", {}, h("a", { href: `#tour/${k + 1}`, ...(k + 1 === this.at ? { "aria-current": "step" } : {}) }, title)));
        put(this.contents, ...links);
        this.back.disabled = this.at === 1;
        this.next.disabled = this.at === this.makers.length;
    }
}
