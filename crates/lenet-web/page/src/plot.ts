// Curves over passes, as SVG.

import { h, s } from "./dom";

export interface Curve {
    name: string;
    /** Which of the palette's colours. */
    colour: number;
    dashed?: boolean;
    /** Places and values; values that are not above zero are not drawn. */
    points: [pass: number, value: number][];
}

const [WIDTH, HEIGHT] = [520, 260];
const [LEFT, RIGHT, TOP, BOTTOM] = [48, 12, 12, 34];
/** Colours of the palette, named in the style sheet as --curve-0 and on. */
export const COLOURS = 6;

/** Round numbers from below the least to above the most: 1, 2, 5, 10, ... */
function ticks(least: number, most: number): number[] {
    const found: number[] = [];
    for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power++) {
        for (const step of [1, 2, 5]) found.push(step * 10 ** power);
    }
    const first = Math.max(0, found.findIndex((tick) => tick > least * 1.0001) - 1);
    const last = found.findIndex((tick) => tick >= most * 0.9999);
    return found.slice(first, last + 1);
}

function number(value: number): string {
    return value >= 1 ? value.toFixed(0) : String(Number(value.toPrecision(1)));
}

/** A chart with a logarithmic scale of values. `unit` is written at them, `along` below the passes. */
export function plot(title: string, along: string, unit: string, curves: Curve[], passes: number): HTMLElement {
    const values = curves.flatMap(({ points }) => points.map(([, value]) => value)).filter((value) => value > 0);
    const [least, most] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0.5, 5];
    const marks = ticks(least, Math.max(most, least * 1.5));
    const [low, high] = [Math.log(marks[0] ?? least), Math.log(marks.at(-1) ?? most)];
    const end = Math.max(2, passes);
    const x = (pass: number): number => LEFT + ((pass - 1) * (WIDTH - LEFT - RIGHT)) / (end - 1);
    const y = (value: number): number => HEIGHT - BOTTOM - ((Math.log(value) - low) / Math.max(1e-9, high - low)) * (HEIGHT - TOP - BOTTOM);
    const every = Math.max(1, Math.ceil(end / 8));
    const grid = marks.map((mark) =>
        s(
            "g",
            {},
            s("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(mark), y2: y(mark) }),
            s("text", { x: LEFT - 6, y: y(mark) + 4, "text-anchor": "end" }, `${number(mark)}${unit}`),
        ),
    );
    const numbers = Array.from({ length: end }, (_, k) => k + 1)
        .filter((pass) => pass === 1 || pass % every === 0)
        .map((pass) => s("text", { x: x(pass), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, String(pass)));
    const lines = curves.map(({ name, colour, dashed, points }) => {
        const drawn = points.filter(([, value]) => value > 0);
        const path = drawn.map(([pass, value], k) => `${k === 0 ? "M" : "L"}${x(pass).toFixed(1)} ${y(value).toFixed(1)}`).join("");
        return s(
            "g",
            { class: `curve curve-${colour % COLOURS} ${dashed === true ? "dashed" : ""}` },
            s("path", { d: path }),
            ...drawn.map(([pass, value]) =>
                s("circle", { cx: x(pass), cy: y(value), r: points.length > 40 ? 1.5 : 3 }, s("title", {}, `${name}, ${along} ${pass}: ${value.toPrecision(3)}${unit}`)),
            ),
        );
    });
    const last = curves.map(({ name, points }) => `${name}: ${points.at(-1)?.[1].toPrecision(3) ?? "\u2013"}${unit}`).join("; ");
    return h(
        "figure",
        { class: "plot" },
        h("figcaption", {}, title),
        s(
            "svg",
            { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}. ${last}` },
            ...grid,
            ...numbers,
            s("text", { x: WIDTH - RIGHT, y: HEIGHT - 3, "text-anchor": "end" }, along),
            ...lines,
        ),
        h(
            "ul",
            { class: "key" },
            ...curves.map(({ name, colour, dashed }) => h("li", { class: `curve-${colour % COLOURS} ${dashed === true ? "dashed" : ""}` }, h("span", { class: "swatch" }), h("span", { class: "name" }, name))),
        ),
    );
}
