// Train: begin a run and watch it; earlier runs, side by side.

import * as api from "./api";
import type { Run } from "./contract";
import { button, choice, h, put } from "./dom";
import type { Model } from "./model";
import { COLOURS, type Curve, plot } from "./plot";
import { RunView, trainingError } from "./run";
import { onLanguage, t } from "./texts";

/** Runs that are compared when the page is opened. */
const COMPARED = 3;

export class Train {
    readonly element: HTMLElement;
    private readonly recipe: HTMLSelectElement;
    private readonly net: HTMLSelectElement;
    private readonly seed = h("input", { type: "number", min: 1, max: 1_000_000, value: 1, required: true });
    private readonly passes = h("input", { type: "number", min: 1, max: 1000, value: 6, required: true });
    private readonly held = h("input", { type: "number", min: 0, max: 30_000, step: 500, value: 5000, required: true });
    private readonly summary = h("p", { class: "quiet" });
    private readonly list = h("div", {});
    private readonly compared = h("div", { class: "plots" });
    private readonly view: RunView;
    private runs: Run[] = [];
    private readonly chosen = new Set<string>();

    constructor(
        private readonly model: Model,
        actions: { use: (name: string) => Promise<void>; open: (pixels: Uint8Array) => void },
    ) {
        this.view = new RunView((error) => model.fail(error), {
            use: (name) => void this.use(name, actions.use),
            open: (name, pixels) => void actions.use(`run:${name}`).then(() => actions.open(pixels)),
            ended: () => void this.refresh(),
        });
        const [recipe, recipes] = choice(
            () => t().train.recipe,
            [],
            (name) => {
                this.passes.value = String(model.about?.recipes.find((recipe) => recipe.name === name)?.passes ?? 1);
                this.explain();
            },
        );
        const [net, nets] = choice(
            () => t().train.net,
            [],
            () => undefined,
        );
        [this.recipe, this.net] = [recipes, nets];
        const button = h("button", { class: "main", type: "submit" }, () => t().train.begin);
        const form = h(
            "form",
            { class: "order" },
            h("div", { class: "row" }, recipe, net, field(() => t().train.seed, this.seed), field(() => t().train.passes, this.passes), field(() => t().train.held, this.held)),
            this.summary,
            button,
        );
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            // Until the run is there, which takes a while where its lessons are made first.
            button.disabled = true;
            put(button, t().train.beginning);
            void this.begin().finally(() => {
                button.disabled = false;
                put(button, () => t().train.begin);
            });
        });
        this.element = h(
            "section",
            { class: "train" },
            h("h2", {}, () => t().train.title),
            h("p", { class: "lead" }, () => t().train.lead),
            form,
            this.view.element,
            h("h3", { class: "spaced" }, () => t().train.earlier),
            h("div", { class: "beside" }, this.list, this.compared),
        );
        model.on("about", () => this.offer());
        onLanguage(() => {
            this.explain();
            this.showRuns();
        });
    }

    /** The address names a run that is to be shown, or none. */
    shown(name: string): void {
        void this.refresh();
        if (name !== "") this.view.open(decodeURIComponent(name)).catch((error: unknown) => this.model.fail(error));
    }

    private offer(): void {
        const { about } = this.model;
        if (about === null || this.recipe.options.length > 0) return;
        this.recipe.append(...about.recipes.map(({ name }) => h("option", { value: name }, name)));
        this.net.append(...about.nets.map((name) => h("option", { value: name }, name)));
        this.recipe.value = about.recipes.find(({ name }) => name === "fast")?.name ?? this.recipe.value;
        this.net.value = about.nets.find((name) => name === "lenet-5") ?? this.net.value;
        this.explain();
    }

    private explain(): void {
        const recipe = this.model.about?.recipes.find(({ name }) => name === this.recipe.value);
        if (recipe === undefined) return;
        put(this.summary, t().train.recipes[recipe.name] ?? recipe.summary, recipe.seconds_hint ? ` \u00b7 ${t().train.hint(Math.round(recipe.seconds_hint))}` : "");
    }

    private async begin(): Promise<void> {
        try {
            this.model.fail(null);
            const name = await api.begin({
                recipe: this.recipe.value,
                net: this.net.value,
                seed: this.seed.valueAsNumber,
                passes: this.passes.valueAsNumber,
                ...(this.held.valueAsNumber > 0 ? { validation: this.held.valueAsNumber } : {}),
            });
            this.chosen.add(name);
            location.hash = `#train/${encodeURIComponent(name)}`;
        } catch (error) {
            this.model.fail(error);
        }
    }

    private async use(name: string, choose: (name: string) => Promise<void>): Promise<void> {
        await this.model.refresh();
        await choose(`run:${name}`);
    }

    private async refresh(): Promise<void> {
        try {
            this.runs = await api.runs();
        } catch (error) {
            this.model.fail(error);
            return;
        }
        if (this.chosen.size === 0) {
            for (const { name } of this.runs.filter(({ history }) => history.length > 1).slice(0, COMPARED)) this.chosen.add(name);
        }
        this.showRuns();
        if (this.runs.some(({ state }) => state === "finished")) await this.model.refresh().catch((error: unknown) => this.model.fail(error));
    }

    private showRuns(): void {
        const texts = t().train;
        if (this.runs.length === 0) return put(this.list, h("p", { class: "quiet" }, texts.none));
        const rows = this.runs.map((run, k) => {
            const compare = h("input", { type: "checkbox", "aria-label": texts.compare(run.name) });
            compare.checked = this.chosen.has(run.name);
            compare.addEventListener("change", () => {
                if (compare.checked) this.chosen.add(run.name);
                else this.chosen.delete(run.name);
                this.showCurves();
            });
            const result = run.test === null ? texts.states[run.state] : `${run.test.error_percent.toFixed(2)} %`;
            return h(
                "tr",
                {},
                h("td", {}, h("span", { class: `swatch curve-${k % COLOURS}` }), compare),
                h("td", {}, h("a", { href: `#train/${encodeURIComponent(run.name)}` }, run.name)),
                h("td", { class: "wide" }, run.net),
                h("td", { class: "wide" }, run.recipe),
                h("td", { class: "number" }, String(run.seed)),
                h("td", { class: "number" }, `${run.history.length}/${run.passes}`),
                h("td", { class: "number" }, result),
            );
        });
        const head = ["", texts.run, texts.net, texts.recipe, texts.seed, texts.passes, texts.test_error];
        put(
            this.list,
            h(
                "div",
                { class: "scroll", tabindex: 0, role: "region", "aria-label": texts.earlier },
                h(
                    "table",
                    { class: "runs" },
                    h("thead", {}, h("tr", {}, ...head.map((text, k) => (k === 0 ? h("td", {}) : h("th", { scope: "col", class: k === 2 || k === 3 ? "wide" : "" }, text))))),
                    h("tbody", {}, ...rows),
                ),
            ),
        );
        this.showCurves();
    }

    private showCurves(): void {
        const texts = t().train;
        const curves = this.runs.flatMap((run, k): Curve[] =>
            this.chosen.has(run.name) && run.history.length > 0 ? [{ name: run.name, colour: k, points: trainingError(run.history) }] : [],
        );
        const passes = Math.max(1, ...curves.map(({ points }) => points.length));
        put(this.compared, curves.length === 0 ? null : plot(texts.compared, texts.pass, " %", curves, passes));
    }
}

function field(label: () => string, input: HTMLInputElement): HTMLLabelElement {
    return h("label", { class: "field" }, h("span", {}, label), input);
}

/** A button that begins a short run, for the tour. */
export function short(began: (name: string) => void, fail: (error: unknown) => void): HTMLButtonElement {
    return button(
        () => t().tour.start,
        () => void api.begin({ recipe: "fast", passes: 2 }).then(began, fail),
        { class: "main" },
    );
}
