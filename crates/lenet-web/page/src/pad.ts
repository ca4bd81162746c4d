// The pad: a sheet for mouse, pen, finger and keyboard, and for a picture that lies on it instead.

import type { Box } from "./contract";
import { h, s } from "./dom";
import { ink, type Point, type Stroke } from "./strokes";
import { t } from "./texts";

/** A rectangle over the drawing with a word on it. */
export interface Mark {
    box: Box;
    label: string;
    kind: "sure" | "unsure" | "none";
}

/** How far an arrow key moves the pen. */
const STRIDE = 10;
const SMALL_STRIDE = 3;
/** The longer side of the picture of a drawing: more than this costs time and tells the reader nothing. */
const SHEET = 400;

export class Pad {
    readonly element: HTMLElement;
    private readonly canvas: HTMLCanvasElement;
    private readonly marks: SVGSVGElement;
    private strokes: Stroke[] = [];
    private drawing: Stroke | null = null;
    private pointer: number | null = null;
    /** The keyboard's pen: where it is, and its stroke while it is down. */
    private pen: { x: number; y: number; shown: boolean } = { x: 0, y: 0, shown: false };
    private picture: { blob: Blob; image: ImageBitmap } | null = null;
    private width = 0;
    private height = 0;
    private due = false;
    /** When the pen did the first thing that has not been read. */
    private since: number | null = null;
    penWidth: number;
    /** Where the drawing is painted to be read. */
    private readonly sheet = new OffscreenCanvas(1, 1);

    /** `changed` is called whenever there is something new to read. */
    constructor(
        label: () => string,
        penWidth: number,
        private readonly changed: () => void,
    ) {
        this.penWidth = penWidth;
        this.canvas = h("canvas", {
            class: "sheet",
            tabindex: 0,
            role: "application",
            "aria-label": label,
            "aria-description": () => t().pad.keys,
        });
        this.marks = s("svg", { class: "marks", "aria-hidden": "true" });
        this.element = h("div", { class: "pad" }, h("span", { class: "hint", "aria-hidden": "true" }, () => t().pad.hint), this.canvas, this.marks);
        this.listen();
        new ResizeObserver(() => this.resize()).observe(this.element);
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
    }

    get empty(): boolean {
        return this.strokes.length === 0 && this.drawing === null && this.picture === null;
    }

    undo(): void {
        if (this.picture !== null) this.picture = null;
        else this.strokes.pop();
        this.update();
    }

    clear(): void {
        this.strokes = [];
        this.picture = null;
        this.drawing = null;
        this.update();
    }

    /** Lays a picture on the pad, in place of what was drawn. Fails if the browser cannot decode it. */
    async show(blob: Blob): Promise<void> {
        const image = await createImageBitmap(blob);
        this.strokes = [];
        this.picture = { blob, image };
        this.update();
    }

    /** What is to be read, and when the first of it was done that has not been read before. */
    content(): { picture: BodyInit; since: number } {
        const since = this.since ?? performance.now();
        this.since = null;
        return { picture: this.file(), since };
    }

    /** The picture's own bytes, or the drawing as grey levels, black on white. */
    private file(): BodyInit {
        if (this.picture !== null) return this.picture.blob;
        const scale = Math.min(1, SHEET / Math.max(this.width, this.height));
        const [width, height] = [this.width, this.height].map((side) => Math.max(1, Math.round(scale * side))) as [number, number];
        const { sheet } = this;
        if (sheet.width !== width || sheet.height !== height) [sheet.width, sheet.height] = [width, height];
        const context = sheet.getContext("2d", { willReadFrequently: true });
        if (context === null) throw new Error(t().errors.canvas);
        context.resetTransform();
        context.fillStyle = "#fff";
        context.fillRect(0, 0, width, height);
        context.scale(scale, scale);
        ink(context as unknown as CanvasRenderingContext2D, this.all(), "#000");
        const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
        // PGM needs no encoder: a browser takes longer to make a PNG than the network takes to read it
        const head = new TextEncoder().encode(`P5 ${width} ${height} 255\n`);
        const file = new Uint8Array(head.length + pixels.length);
        file.set(head);
        // grey has the same red as green and blue
        for (let k = 0; k < pixels.length; k++) file[head.length + k] = (pixels[k] ?? 0) & 255;
        return file;
    }

    /** Draws boxes over the sheet; they are in pixels of a picture of this size. */
    mark(marks: Mark[], size: [number, number]): void {
        const [left, top, scale] = this.fit(size);
        this.marks.replaceChildren(
            ...marks.map(({ box, label, kind }) => {
                const [x, y] = [left + box.x * scale, top + box.y * scale];
                const inside = y < 22;
                return s(
                    "g",
                    { class: `mark ${kind}` },
                    s("rect", { x: x - 4, y: y - 4, width: box.width * scale + 8, height: box.height * scale + 8, rx: 4 }),
                    s("text", { x, y: inside ? y + box.height * scale + 20 : y - 8 }, label),
                );
            }),
        );
    }

    /** Where a picture of this size lies on the sheet. */
    private fit([width, height]: [number, number]): [left: number, top: number, scale: number] {
        if (this.picture === null) return [0, 0, this.width / Math.max(1, width)];
        const scale = Math.min(this.width / width, this.height / height);
        return [(this.width - width * scale) / 2, (this.height - height * scale) / 2, scale];
    }

    private all(): Stroke[] {
        return this.drawing === null ? this.strokes : [...this.strokes, this.drawing];
    }

    /** Tells at once, and paints once before the browser's next picture. */
    private update(at = performance.now()): void {
        // What has been cleared away needs no answer, so the next answer is not timed from there.
        this.since = this.empty ? null : (this.since ?? at);
        this.changed();
        if (this.due) return;
        this.due = true;
        requestAnimationFrame(() => {
            this.due = false;
            this.paint();
        });
    }

    private resize(): void {
        const { clientWidth: width, clientHeight: height } = this.element;
        if (width === 0 || (width === this.width && height === this.height)) return;
        if (this.width > 0) this.stretch(Math.min(width / this.width, height / this.height));
        [this.width, this.height] = [width, height];
        [this.pen.x, this.pen.y] = [width / 2, height / 2];
        this.marks.setAttribute("viewBox", `0 0 ${width} ${height}`);
        this.marks.replaceChildren();
        this.paint();
        if (!this.empty) this.changed();
    }

    private stretch(scale: number): void {
        this.strokes = this.strokes.map(({ points, width, pressed }) => ({
            points: points.map(([x, y, pressure]): Point => [x * scale, y * scale, pressure]),
            width: width * scale,
            pressed,
        }));
    }

    private paint(): void {
        const { canvas, width, height } = this;
        const ratio = devicePixelRatio;
        const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
        if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
        const context = canvas.getContext("2d");
        if (context === null || width === 0) return;
        context.setTransform(ratio, 0, 0, ratio, 0, 0);
        context.clearRect(0, 0, width, height);
        this.element.classList.toggle("empty", this.empty);
        if (this.picture !== null) {
            const { image } = this.picture;
            const [left, top, scale] = this.fit([image.width, image.height]);
            context.drawImage(image, left, top, image.width * scale, image.height * scale);
        }
        const colour = getComputedStyle(this.canvas).color;
        ink(context, this.all(), colour);
        if (this.pen.shown) this.paintPen(context, colour);
    }

    private paintPen(context: CanvasRenderingContext2D, colour: string): void {
        const { x, y } = this.pen;
        context.strokeStyle = colour;
        context.lineWidth = 1.5;
        context.setLineDash(this.drawing === null ? [3, 3] : []);
        context.beginPath();
        context.arc(x, y, Math.max(6, this.penWidth / 2 + 2), 0, 2 * Math.PI);
        context.moveTo(x - 16, y);
        context.lineTo(x + 16, y);
        context.moveTo(x, y - 16);
        context.lineTo(x, y + 16);
        context.stroke();
    }

    private place(event: PointerEvent): Point {
        const box = this.canvas.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top, event.pointerType === "pen" ? event.pressure : 0.5];
    }

    private begin(point: Point, pressed: boolean): void {
        this.picture = null;
        this.drawing = { points: [point], width: this.penWidth, pressed };
    }

    private end(at?: number): void {
        if (this.drawing !== null) this.strokes.push(this.drawing);
        this.drawing = null;
        this.pointer = null;
        this.update(at);
    }

    private listen(): void {
        const { canvas } = this;
        canvas.addEventListener("pointerdown", (event) => {
            if (event.button !== 0 || this.pointer !== null) return;
            event.preventDefault();
            canvas.focus({ preventScroll: true });
            canvas.setPointerCapture(event.pointerId);
            if (this.drawing !== null) this.end(); // the keyboard's stroke
            this.pen.shown = false;
            this.pointer = event.pointerId;
            this.begin(this.place(event), event.pointerType === "pen");
            this.update(event.timeStamp);
        });
        // As the pen moves, where the browser tells it; others save moves up until the next picture, which costs half a picture's time.
        const moving = "onpointerrawupdate" in canvas ? "pointerrawupdate" : "pointermove";
        canvas.addEventListener(moving as "pointermove", (event) => {
            if (event.pointerId !== this.pointer || this.drawing === null) return;
            const coalesced = event.getCoalescedEvents();
            const moves = coalesced.length > 0 ? coalesced : [event];
            this.drawing.points.push(...moves.map((move) => this.place(move)));
            this.update(moves[0]?.timeStamp);
        });
        for (const name of ["pointerup", "pointercancel"] as const) {
            canvas.addEventListener(name, (event) => {
                if (event.pointerId === this.pointer) this.end(event.timeStamp);
            });
        }
        canvas.addEventListener("keydown", (event) => this.key(event));
        canvas.addEventListener("blur", () => {
            if (!this.pen.shown) return;
            this.pen.shown = false;
            if (this.drawing !== null) this.end();
            else this.paint();
        });
    }

    private key(event: KeyboardEvent): void {
        const stride = event.shiftKey ? SMALL_STRIDE : STRIDE;
        const ways: Record<string, [number, number]> = {
            ArrowLeft: [-stride, 0],
            ArrowRight: [stride, 0],
            ArrowUp: [0, -stride],
            ArrowDown: [0, stride],
        };
        const way = ways[event.key];
        if (way !== undefined) this.move(way);
        else if (event.key === " ") this.toggle();
        else if (event.key === "Escape" && this.drawing !== null) this.end();
        else if (event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey))) this.undo();
        else if (event.key === "Delete") this.clear();
        else return;
        event.preventDefault();
    }

    private move([x, y]: [number, number]): void {
        this.pen.x = Math.min(this.width, Math.max(0, this.pen.x + x));
        this.pen.y = Math.min(this.height, Math.max(0, this.pen.y + y));
        this.pen.shown = true;
        if (this.drawing === null) return this.paint();
        this.drawing.points.push([this.pen.x, this.pen.y, 0.5]);
        this.update();
    }

    private toggle(): void {
        this.pen.shown = true;
        if (this.drawing !== null) return this.end();
        this.begin([this.pen.x, this.pen.y, 0.5], false);
        this.update();
    }
}
