// Pen strokes: points with pressure become outlines.

import { getStroke } from "perfect-freehand";

/** A place of the pen, with its pressure from 0 to 1. */
export type Point = [x: number, y: number, pressure: number];

export interface Stroke {
    points: Point[];
    width: number;
    /** Whether the pen tells its pressure; a mouse and a finger do not. */
    pressed: boolean;
}

/** Outlines that are known, with the number of their points: a stroke only grows. */
const known = new WeakMap<Stroke, [points: number, path: Path2D]>();

function outline(stroke: Stroke): Path2D {
    const [points, path] = known.get(stroke) ?? [0, null];
    if (path !== null && points === stroke.points.length) return path;
    const made = edged(stroke);
    known.set(stroke, [stroke.points.length, made]);
    return made;
}

/** The outline of a stroke. */
function edged(stroke: Stroke): Path2D {
    const path = new Path2D();
    const [first] = stroke.points;
    if (first === undefined) return path;
    if (stroke.points.length === 1) {
        path.arc(first[0], first[1], stroke.width / 2, 0, 2 * Math.PI);
        return path;
    }
    const edge = getStroke(stroke.points, {
        size: stroke.width,
        thinning: stroke.pressed ? 0.5 : 0,
        smoothing: 0.5,
        streamline: 0.3,
        simulatePressure: false,
        last: true,
    });
    edge.forEach(([x = 0, y = 0], k) => (k === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
    path.closePath();
    return path;
}

/** Draws strokes in one colour. */
export function ink(context: CanvasRenderingContext2D, strokes: Stroke[], colour: string): void {
    context.fillStyle = colour;
    context.strokeStyle = colour;
    context.lineJoin = "round";
    for (const stroke of strokes) {
        context.fill(outline(stroke));
        if (!stroke.pressed) core(context, stroke);
    }
}

/** The middle of a stroke of one width: fills the notch that its outline has at a sharp corner. */
function core(context: CanvasRenderingContext2D, { points, width }: Stroke): void {
    context.lineWidth = 0.75 * width;
    context.beginPath();
    for (const [x, y] of points) context.lineTo(x, y);
    context.stroke();
}
