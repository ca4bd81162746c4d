// A layer as pictures: a canvas for every map, on which a unit can be pointed at, by mouse, finger or arrow keys.

import type { Layer } from "./contract";
import { h } from "./dom";
import { paint, type Scale } from "./glyph";
import type { Area, Unit } from "./graph";
import { t } from "./texts";

/** Above so many maps of one unit a layer is shown as one picture. */
const MANY = 24;

/** How a layer's numbers lie in pictures: maps of rows and columns, or all units together. */
export interface Sheets {
    maps: number;
    rows: number;
    columns: number;
    together: boolean;
}

/** The rows and columns in which units without a place are shown. */
function grid(count: number): [number, number] {
    let rows = Math.max(1, Math.floor(Math.sqrt(count)));
    while (count % rows !== 0) rows--;
    return rows === 1 && count > MANY ? [Math.ceil(Math.sqrt(count)), Math.ceil(Math.sqrt(count))] : [rows, count / rows];
}

export function sheets(layer: Layer): Sheets {
    const alone = layer.rows * layer.columns === 1;
    if (!alone) return { maps: layer.maps, rows: layer.rows, columns: layer.columns, together: false };
    const [rows, columns] = layer.picture ?? grid(layer.maps);
    return { maps: 1, rows, columns, together: true };
}

/** The number that is shown as the full colour. */
export function most(layer: Layer, values: Float32Array): number {
    const squashed = /([\d.]+)\s*\*?\s*tanh/.exec(layer.squashing ?? "");
    if (squashed !== null) return Number(squashed[1]);
    if (layer.kind === "input") return 1.175;
    return values.reduce((so_far, value) => Math.max(so_far, Math.abs(value)), 1e-6);
}

export interface Pointing {
    /** A unit is pointed at, or none any more. */
    point: (unit: Unit | null) => void;
    /** A unit is chosen for good. */
    choose: (unit: Unit) => void;
}

export class Maps {
    readonly element: HTMLElement;
    private readonly figures: { frame: HTMLElement; canvas: HTMLCanvasElement; area: HTMLElement }[];
    private readonly sheets: Sheets;
    /** Where the keyboard is. */
    private at = { y: 0, x: 0 };

    constructor(
        readonly layer: Layer,
        private readonly pointing: Pointing,
    ) {
        this.sheets = sheets(layer);
        const { maps, rows, columns, together } = this.sheets;
        this.figures = Array.from({ length: maps }, (_, map) => {
            const canvas = h("canvas", { class: "pixels", width: columns, height: rows });
            const area = h("span", { class: "area", hidden: true });
            const label = (): string => (together ? t().look.units(layer.name, layer.maps) : t().look.map(layer.name, map));
            const frame = h("div", { class: "map", tabindex: 0, role: "application", "aria-label": label, "aria-description": () => t().look.keys }, canvas, area);
            frame.style.setProperty("--columns", String(columns));
            frame.style.setProperty("--rows", String(rows));
            this.listen(frame, canvas, map);
            return { frame, canvas, area };
        });
        this.element = h("div", { class: `maps ${together ? "together" : ""}` }, ...this.figures.map(({ frame }) => frame));
    }

    paint(values: Float32Array, scale: Scale): void {
        const { rows, columns } = this.sheets;
        const full = most(this.layer, values);
        this.figures.forEach(({ canvas }, map) => {
            const part = values.subarray(map * rows * columns, (map + 1) * rows * columns);
            paint(canvas, part, rows, columns, full, this.layer.kind === "input" ? "ink" : scale);
        });
    }

    /** Marks the maps that belong to what is pointed at; null takes the marks away. */
    light(maps: number[] | null): void {
        this.figures.forEach(({ frame }, map) => {
            frame.classList.toggle("lit", maps?.includes(map) ?? false);
            frame.classList.toggle("dim", maps !== null && !maps.includes(map));
        });
    }

    /** Marks an area of some maps (all if none are given). */
    mark(area: Area | null, maps: number[] | null = null): void {
        const { rows, columns, together } = this.sheets;
        this.figures.forEach((figure, map) => {
            const shown = area !== null && !together && (maps === null || maps.includes(map));
            figure.area.hidden = !shown;
            if (area === null || !shown) return;
            place(figure.area, area, rows, columns);
        });
    }

    /** Marks one unit of this layer. */
    markUnit(unit: Unit): void {
        const { rows, columns, together } = this.sheets;
        this.figures.forEach((figure, map) => {
            figure.area.hidden = !together && map !== unit.map;
            const [y, x] = together ? [Math.floor(unit.map / columns), unit.map % columns] : [unit.y, unit.x];
            place(figure.area, { top: y, bottom: y + 1, left: x, right: x + 1 }, rows, columns);
        });
    }

    private unit(map: number, y: number, x: number): Unit | null {
        const { rows, columns, together } = this.sheets;
        if (y < 0 || x < 0 || y >= rows || x >= columns) return null;
        if (!together) return { layer: this.layer.name, map, y, x };
        const unit = y * columns + x;
        return unit < this.layer.maps ? { layer: this.layer.name, map: unit, y: 0, x: 0 } : null;
    }

    private listen(frame: HTMLElement, canvas: HTMLCanvasElement, map: number): void {
        const { rows, columns } = this.sheets;
        const under = (event: PointerEvent | MouseEvent): Unit | null => {
            const box = canvas.getBoundingClientRect();
            const [y, x] = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width];
            return this.unit(map, Math.floor(y * rows), Math.floor(x * columns));
        };
        frame.addEventListener("pointermove", (event) => {
            const unit = under(event);
            if (unit !== null) this.pointing.point(unit);
        });
        frame.addEventListener("pointerleave", () => this.pointing.point(null));
        frame.addEventListener("click", (event) => {
            const unit = under(event);
            if (unit !== null) this.pointing.choose(unit);
        });
        frame.addEventListener("focus", () => {
            if (!frame.matches(":focus-visible")) return;
            const unit = this.unit(map, Math.min(this.at.y, rows - 1), Math.min(this.at.x, columns - 1));
            if (unit !== null) this.pointing.choose(unit);
        });
        frame.addEventListener("keydown", (event) => {
            const ways: Record<string, [number, number]> = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
            const way = ways[event.key];
            if (way === undefined) return;
            event.preventDefault();
            const [y, x] = [this.at.y + way[0], this.at.x + way[1]];
            const unit = this.unit(map, y, x);
            if (unit === null) return;
            this.at = { y, x };
            this.pointing.choose(unit);
        });
    }
}

function place(mark: HTMLElement, area: Area, rows: number, columns: number): void {
    mark.style.left = `${(100 * area.left) / columns}%`;
    mark.style.top = `${(100 * area.top) / rows}%`;
    mark.style.width = `${(100 * (area.right - area.left)) / columns}%`;
    mark.style.height = `${(100 * (area.bottom - area.top)) / rows}%`;
}
