// A digit turned, scaled, moved and disturbed, as the paper does to show what the network does not mind.

export interface Change {
    /** Degrees, clockwise. */
    rotation: number;
    scale: number;
    /** Pixels to the right and down. */
    right: number;
    down: number;
    /** Share of the pixels that are turned round. */
    noise: number;
}

export const UNCHANGED: Change = { rotation: 0, scale: 1, right: 0, down: 0, noise: 0 };
const SIDE = 28;

/** Numbers from 0 to 1 that are the same each time, so that the noise does not flicker. */
function chances(seed: number): () => number {
    let state = seed;
    return () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
    };
}

/** The 28x28 grey levels after a change, between pixels by what is around. */
export function changed(pixels: Uint8Array, change: Change): Uint8Array {
    const at = (y: number, x: number): number => (y < 0 || x < 0 || y >= SIDE || x >= SIDE ? 0 : (pixels[y * SIDE + x] ?? 0));
    const angle = (change.rotation * Math.PI) / 180;
    const [cos, sin] = [Math.cos(angle) / change.scale, Math.sin(angle) / change.scale];
    const middle = (SIDE - 1) / 2;
    const made = new Uint8Array(SIDE * SIDE);
    const chance = chances(1);
    for (let y = 0; y < SIDE; y++) {
        for (let x = 0; x < SIDE; x++) {
            const [dy, dx] = [y - middle - change.down, x - middle - change.right];
            const [v, u] = [middle + cos * dy - sin * dx, middle + cos * dx + sin * dy];
            const [top, left] = [Math.floor(v), Math.floor(u)];
            const [fy, fx] = [v - top, u - left];
            const upper = at(top, left) * (1 - fx) + at(top, left + 1) * fx;
            const lower = at(top + 1, left) * (1 - fx) + at(top + 1, left + 1) * fx;
            const level = upper * (1 - fy) + lower * fy;
            made[y * SIDE + x] = Math.round(chance() < change.noise ? 255 - level : level);
        }
    }
    return made;
}
