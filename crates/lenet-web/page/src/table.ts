// Which maps of a layer see which maps of the one before (Table I for C3), drawn as connections.

import type { Graph, Layer } from "./contract";
import { s } from "./dom";
import { before, sources } from "./graph";
import { t } from "./texts";

const [WIDTH, HEIGHT, EDGE] = [640, 150, 22];

export class Connections {
    readonly element: SVGSVGElement;
    private readonly lines: { line: SVGLineElement; from: number; to: number }[] = [];
    private readonly nodes: { node: SVGGElement; end: "from" | "to"; map: number }[] = [];

    /** `choose` is called with a map of the layer that is pointed at, or null. */
    constructor(
        private readonly graph: Graph,
        private readonly layer: Layer,
        choose: (map: number | null) => void,
    ) {
        const from = before(graph, layer);
        const inputs = from?.maps ?? 0;
        const at = (k: number, of: number): number => EDGE + ((k + 0.5) * (WIDTH - 2 * EDGE)) / of;
        for (let map = 0; map < layer.maps; map++) {
            for (const source of sources(graph, layer, map)) {
                const line = s("line", { x1: at(source, inputs), y1: EDGE + 10, x2: at(map, layer.maps), y2: HEIGHT - EDGE - 10 });
                this.lines.push({ line, from: source, to: map });
            }
        }
        const node = (end: "from" | "to", map: number, x: number, y: number): SVGGElement => {
            const attributes = end === "from" ? {} : { tabindex: 0, role: "img", "aria-label": () => this.label(map) };
            const made = s("g", { class: "node", ...attributes }, s("circle", { cx: x, cy: y, r: 13 }), s("text", { x, y: y + 4 }, String(map)));
            if (end === "to") {
                made.addEventListener("pointerenter", () => choose(map));
                made.addEventListener("pointerleave", () => choose(null));
                made.addEventListener("focus", () => choose(map));
                made.addEventListener("blur", () => choose(null));
            }
            this.nodes.push({ node: made, end, map });
            return made;
        };
        this.element = s(
            "svg",
            { class: "connections", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": () => t().look.table(layer.name, from?.name ?? "") },
            ...this.lines.map(({ line }) => line),
            ...Array.from({ length: inputs }, (_, map) => node("from", map, at(map, inputs), EDGE)),
            ...Array.from({ length: layer.maps }, (_, map) => node("to", map, at(map, layer.maps), HEIGHT - EDGE)),
            s("text", { class: "name", x: 2, y: EDGE + 4 }, from?.name ?? ""),
            s("text", { class: "name", x: 2, y: HEIGHT - EDGE + 4 }, layer.name),
        );
    }

    private label(map: number): string {
        return t().look.sees(this.layer.name, map, before(this.graph, this.layer)?.name ?? "", sources(this.graph, this.layer, map));
    }

    light(map: number | null): void {
        this.element.classList.toggle("chosen", map !== null);
        const lit = map === null ? [] : sources(this.graph, this.layer, map);
        for (const { line, to } of this.lines) line.classList.toggle("lit", to === map);
        for (const { node, end, map: own } of this.nodes) node.classList.toggle("lit", end === "to" ? own === map : lit.includes(own));
    }
}
