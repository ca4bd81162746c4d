// Draw: what is written on the pad is read while it is written.

import { photo } from "./camera";
import type { Page, ReadDigit } from "./contract";
import { button, choice, h, put } from "./dom";
import { onScheme, paintImage } from "./glyph";
import { Latest } from "./latest";
import { Live } from "./live";
import type { Model } from "./model";
import { type Mark, Pad } from "./pad";
import { FINDER, readBy } from "./reading";
import { onLanguage, percent, t } from "./texts";

const WIDTHS: ["thin" | "middle" | "thick", number][] = [
    ["thin", 8],
    ["middle", 14],
    ["thick", 22],
];
/** An answer below this is shown as unsure. */
const SURE = 0.8;
/** Another digit that is less likely is not told. */
const LEAST = 0.001;

export class Draw {
    readonly element: HTMLElement;
    private readonly pad: Pad;
    private readonly text = h("p", { class: "answer" });
    private readonly live = new Live();
    private readonly note = h("p", { class: "quiet took" });
    private readonly digits = h("ul", { class: "digits" });
    private readonly requests = new Latest((error) => this.model.fail(error));
    private page: Page | null = null;
    /** From the first thing of the pen that is in the answer until the answer is there, in ms. */
    private took = 0;

    constructor(
        private readonly model: Model,
        private readonly open: (pixels: Uint8Array) => void,
    ) {
        this.pad = new Pad(
            () => t().draw.pad,
            14,
            () => this.read(),
        );
        this.element = h(
            "section",
            { class: "draw" },
            h("h2", {}, () => t().draw.title),
            h("p", { class: "lead" }, () => t().draw.lead),
            h(
                "div",
                { class: "split" },
                h("div", {}, this.tools(), this.pad.element, h("p", { class: "quiet keys" }, () => t().pad.keys)),
                h("div", { class: "result" }, h("h3", {}, () => t().draw.read), this.text, this.live.element, this.note, this.digits),
            ),
        );
        this.receive();
        model.on("network", () => this.read());
        onLanguage(() => this.show());
        onScheme(() => this.show());
        this.show();
    }

    private tools(): HTMLElement {
        const [pen, select] = choice(
            () => t().draw.pen,
            WIDTHS.map(([name, width]) => [String(width), () => t().draw[name]]),
            (value) => (this.pad.penWidth = Number(value)),
        );
        select.value = String(this.pad.penWidth);
        const file = h("input", { type: "file", accept: "image/*", class: "hidden", tabindex: -1, "aria-hidden": "true" });
        file.addEventListener("change", () => {
            const [chosen] = file.files ?? [];
            if (chosen !== undefined) void this.picture(chosen);
            file.value = "";
        });
        return h(
            "div",
            { class: "tools", role: "toolbar", "aria-label": () => t().draw.tools },
            pen,
            button(() => t().draw.undo, () => this.pad.undo()),
            button(() => t().draw.clear, () => this.pad.clear()),
            button(() => t().draw.choose, () => file.click()),
            button(() => t().draw.camera, () => void this.photo()),
            file,
        );
    }

    private async photo(): Promise<void> {
        try {
            const taken = await photo();
            if (taken !== null) await this.picture(taken);
        } catch (error) {
            this.model.fail(error);
        }
    }

    private async picture(blob: Blob): Promise<void> {
        this.model.fail(null);
        try {
            await this.pad.show(blob);
        } catch {
            this.model.fail(t().errors.picture);
        }
    }

    /** Pictures that are pasted or dropped. */
    private receive(): void {
        const first = (files: FileList | undefined): File | undefined => [...(files ?? [])].find((file) => file.type.startsWith("image/"));
        document.addEventListener("paste", (event) => {
            const file = first(event.clipboardData?.files);
            if (file !== undefined && !this.element.hidden) void this.picture(file);
        });
        const drop = this.pad.element;
        drop.addEventListener("dragover", (event) => event.preventDefault());
        drop.addEventListener("drop", (event) => {
            event.preventDefault();
            const file = first(event.dataTransfer?.files);
            if (file !== undefined) void this.picture(file);
            else this.model.fail(t().errors.picture);
        });
    }

    private read(): void {
        if (this.pad.empty) {
            this.requests.submit(() => {
                this.page = null;
                this.show();
                return Promise.resolve();
            });
            return;
        }
        this.requests.submit(async () => {
            const { picture, since } = this.pad.content();
            this.page = await readBy(picture, this.model.name);
            if (this.pad.empty) this.page = null;
            this.took = performance.now() - since;
            this.show();
        });
    }

    private show(): void {
        const { page } = this;
        const texts = t();
        const digits = page === null ? [] : page.lines.flatMap((line) => line.digits);
        put(this.text, page === null || digits.length === 0 ? (page === null ? texts.draw.empty : texts.draw.nothing) : page.text);
        this.live.say(page === null ? "" : texts.draw.say(this.text.textContent ?? ""));
        this.text.classList.toggle("silent", digits.length === 0);
        const by = this.model.name === FINDER ? "" : ` ${texts.draw.by}`;
        put(this.note, page === null ? "" : texts.draw.took(this.took.toFixed(0), digits.length) + by);
        const all = [...digits, ...(page?.others ?? [])];
        put(this.digits, ...all.map((digit) => this.card(digit)));
        this.pad.mark(
            all.map((digit): Mark => {
                const { value, probability, bbox: box } = digit;
                return { box, label: value === null ? "?" : String(value), kind: value === null ? "none" : probability < SURE ? "unsure" : "sure" };
            }),
            page?.size ?? [1, 1],
        );
    }

    private card({ value, probability, alternatives, image }: ReadDigit): HTMLElement {
        const texts = t();
        const picture = h("canvas", { class: "pixels", role: "img", "aria-label": texts.draw.gets });
        paintImage(picture, image);
        const bar = h("span", { class: "bar" }, h("span", {}));
        (bar.firstElementChild as HTMLElement).style.width = `${100 * probability}%`;
        const [[second, likely] = [null, null]] = alternatives;
        const other = second === null || (likely !== null && likely < LEAST) ? texts.draw.nothingElse : texts.draw.second(second, likely === null ? "" : percent(likely));
        return h(
            "li",
            { class: value === null ? "card none" : "card" },
            picture,
            h("strong", {}, value === null ? "?" : String(value)),
            h(
                "div",
                {},
                h("p", {}, value === null ? texts.draw.none(percent(probability)) : percent(probability)),
                bar,
                h("p", { class: "quiet" }, other),
            ),
            button(texts.draw.look, () => this.open(image.pixels), { class: "small" }),
        );
    }
}
