// Small pictures of numbers: the network's input, its maps, its kernels.

import type { Image } from "./contract";

/** How numbers become colours. */
export type Scale = "signed" | "grey" | "ink";

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Calls when pictures have to be painted again because light and dark have changed. */
export function onScheme(listener: () => void): void {
    dark.addEventListener("change", listener);
}

type Colour = [number, number, number];

// blue below zero, orange above, as far apart for those who do not tell red from green
const LIGHT = { zero: [252, 251, 249], minus: [33, 92, 168], plus: [196, 82, 10] } satisfies Record<string, Colour>;
const DARK = { zero: [24, 26, 31], minus: [108, 174, 255], plus: [255, 158, 77] } satisfies Record<string, Colour>;

function signed(value: number): Colour {
    const { zero, minus, plus } = dark.matches ? DARK : LIGHT;
    const end = value < 0 ? minus : plus;
    const share = Math.min(1, Math.abs(value)) ** 0.8;
    return [0, 1, 2].map((k) => (zero[k] ?? 0) + ((end[k] ?? 0) - (zero[k] ?? 0)) * share) as Colour;
}

/** The colour of a number from -1 to 1. */
function colour(value: number, scale: Scale): Colour {
    if (scale === "signed") return signed(value);
    const share = scale === "grey" ? (value + 1) / 2 : Math.max(0, value);
    const level = 255 * Math.min(1, Math.max(0, dark.matches && scale === "ink" ? share : 1 - share));
    if (scale === "ink" && dark.matches) return [24 + level * 0.85, 26 + level * 0.85, 31 + level * 0.83];
    return [level, level, level];
}

const LEVELS = 256;
let palettes = new Map<Scale, Uint32Array>();
dark.addEventListener("change", () => (palettes = new Map()));

/** The colours of LEVELS numbers from -1 to 1, as canvases have them: red in the lowest byte. */
function palette(scale: Scale): Uint32Array {
    let found = palettes.get(scale);
    if (found === undefined) {
        found = Uint32Array.from({ length: LEVELS }, (_, k) => {
            const [r, g, b] = colour((2 * k) / (LEVELS - 1) - 1, scale).map(Math.round) as Colour;
            return (255 << 24) | (b << 16) | (g << 8) | r;
        });
        palettes.set(scale, found);
    }
    return found;
}

/** Paints numbers, row by row, one pixel each; `most` is shown as the full colour. */
export function paint(canvas: HTMLCanvasElement, values: ArrayLike<number>, rows: number, columns: number, most: number, scale: Scale): void {
    if (canvas.width !== columns) canvas.width = columns;
    if (canvas.height !== rows) canvas.height = rows;
    const context = canvas.getContext("2d");
    if (context === null) return;
    const picture = context.createImageData(columns, rows);
    const pixels = new Uint32Array(picture.data.buffer);
    const colours = palette(scale);
    for (let k = 0; k < pixels.length; k++) {
        const share = Math.min(1, Math.max(-1, (values[k] ?? 0) / most));
        pixels[k] = colours[Math.round(((share + 1) / 2) * (LEVELS - 1))] ?? 0;
    }
    context.putImageData(picture, 0, 0);
}

/** Puts 28x28 grey levels into the white 32x32 frame in which the network gets them; others stay as they are. */
export function framed(image: Image): Image {
    if (image.side !== 28) return image;
    const pixels = new Uint8Array(32 * 32);
    for (let y = 0; y < 28; y++) pixels.set(image.pixels.subarray(y * 28, y * 28 + 28), (y + 2) * 32 + 2);
    return { side: 32, pixels };
}

/** Paints an image as the network gets it. */
export function paintImage(canvas: HTMLCanvasElement, image: Image): void {
    const { side, pixels } = framed(image);
    paint(canvas, pixels, side, side, 255, "ink");
}
