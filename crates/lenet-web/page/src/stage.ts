// Layers of the network shown together: their maps, what is pointed at, and its arithmetic. "Look inside" shows all of them, the tour some.

import { h, put } from "./dom";
import { onScheme, type Scale } from "./glyph";
import type { Graph, Layer } from "./contract";
import { Codes } from "./codes";
import { before, complete, fields, find, sources, states, type Unit } from "./graph";
import { Inspector } from "./inspector";
import { Kernels } from "./kernels";
import { Maps, type Pointing } from "./maps";
import type { Model, Network } from "./model";
import { Connections } from "./table";
import { count, onLanguage, t } from "./texts";

/** Above so many maps a table is not drawn. */
const MANY = 40;

export interface Parts {
    /** The names of the layers that are shown; all if it is missing. */
    layers?: (graph: Graph) => string[];
    table?: boolean;
    codes?: boolean;
    inspector?: boolean;
    kernels?: boolean;
    /** The unit that is explained to begin with. */
    chosen?: (graph: Graph) => Unit;
}

export class Stage {
    readonly element = h("div", { class: "stage" });
    readonly inspector = new Inspector();
    private readonly rows = h("div", { class: "layers" });
    private maps: Maps[] = [];
    private tables: { layer: Layer; table: Connections }[] = [];
    private codes: Codes | null = null;
    private kernels: Kernels[] = [];
    private scale: Scale = "signed";
    private chosen: Unit | null = null;
    private pointed: Unit | null = null;
    /** The map of a table that is pointed at. */
    private connected: { layer: Layer; map: number } | null = null;

    constructor(
        private readonly model: Model,
        private parts: Parts = {},
    ) {
        this.element.append(this.rows);
        if (parts.inspector !== false) this.element.append(this.inspector.element);
        else this.element.classList.add("alone");
        model.on("network", () => this.build());
        model.on("look", () => this.show());
        onScheme(() => {
            for (const kernels of this.kernels) kernels.paint();
            this.codes?.paint();
            this.show();
        });
        onLanguage(() => this.build());
        this.build();
    }

    /** Whether anybody sees it: what is hidden is not painted. */
    private get visible(): boolean {
        return this.element.isConnected && this.element.closest("[hidden]") === null;
    }

    /** Paints in other colours. */
    set colours(scale: Scale) {
        this.scale = scale;
        this.show();
    }

    refresh(): void {
        this.show();
    }

    choose(unit: Unit | null): void {
        this.chosen = unit;
        this.explain();
    }

    private build(): void {
        const { network } = this.model;
        this.maps = [];
        this.tables = [];
        this.kernels = [];
        this.codes = null;
        this.chosen = null;
        this.pointed = null;
        this.connected = null;
        if (network === null) return;
        const { graph } = network;
        this.chosen = this.parts.chosen?.(graph) ?? null;
        const names = this.parts.layers?.(graph);
        const shown = graph.layers.filter(({ name }) => names?.includes(name) ?? true);
        put(this.rows, ...shown.map((layer) => this.row(network, layer)));
        this.inspector.clear();
        this.show();
    }

    private row(network: Network, layer: Layer): HTMLElement {
        const texts = t().look;
        const pointing: Pointing = { point: (unit) => this.point(unit), choose: (unit) => this.choose(unit) };
        const maps = new Maps(layer, pointing);
        this.maps.push(maps);
        const facts = [
            layer.kind === "input" ? "" : texts.kinds[layer.kind],
            layer.rows * layer.columns > 1 ? texts.maps(layer.maps, `${layer.rows}\u00d7${layer.columns}`) : texts.unit_count(layer.maps),
            !layer.parameters ? "" : texts.parameters(count(layer.parameters)),
            !layer.connections ? "" : texts.connections(count(layer.connections)),
        ].filter((fact) => fact !== "");
        const head = h("h3", {}, layer.name, h("small", {}, facts.join(", ")));
        const row = h("section", { class: "layer", "data-layer": layer.name }, head);
        const partial = layer.kind === "convolution" && !complete(network.graph, layer) && layer.maps <= MANY;
        if (partial && this.parts.table !== false) row.append(this.table(network, layer));
        if (this.parts.kernels !== false && layer.kind === "convolution" && layer.maps <= MANY) {
            const kernels = new Kernels(network, layer);
            this.kernels.push(kernels);
            row.append(kernels.element);
        }
        row.append(maps.element);
        const last = before(network.graph, layer);
        if (layer.kind === "rbf" || (layer.maps === 10 && layer === network.graph.layers.at(-1))) {
            maps.element.classList.add("hidden");
            if (last !== null && this.parts.codes !== false) {
                this.codes = new Codes(network, last, layer, pointing);
                row.append(this.codes.element);
            }
        }
        return row;
    }

    private table(network: Network, layer: Layer): SVGSVGElement {
        const table = new Connections(network.graph, layer, (map) => {
            this.connected = map === null ? null : { layer, map };
            this.explain();
        });
        this.tables.push({ layer, table });
        return table.element;
    }

    /** Lights up what a map of a layer is connected with, and shows its kernels. */
    private connect(network: Network, { layer, map }: { layer: Layer; map: number }): void {
        const from = before(network.graph, layer);
        for (const shown of this.maps) {
            if (shown.layer === layer) shown.light([map]);
            else if (shown.layer === from) shown.light(sources(network.graph, layer, map));
        }
        for (const { layer: own, table } of this.tables) table.light(own === layer ? map : null);
        for (const kernels of this.kernels) if (kernels.layer === layer) kernels.show(map);
    }

    private point(unit: Unit | null): void {
        this.pointed = unit;
        this.explain();
    }

    private show(): void {
        const { look, network } = this.model;
        if (look === null || network === null || !this.visible) return;
        for (const maps of this.maps) maps.paint(states(look, maps.layer), this.scale);
        this.codes?.show(look);
        this.explain();
    }

    /** Marks what a unit sees and shows its arithmetic. */
    private explain(): void {
        const { look, network } = this.model;
        const unit = this.pointed ?? this.chosen;
        if (network === null) return;
        const layer = unit === null ? null : find(network.graph, unit.layer);
        const areas = unit === null ? new Map<string, never>() : fields(network.graph, unit);
        const from = layer === null ? null : before(network.graph, layer);
        for (const maps of this.maps) {
            maps.light(null);
            if (unit !== null && maps.layer === layer) maps.markUnit(unit);
            else if (unit !== null && layer !== null && maps.layer === from) maps.mark(areas.get(maps.layer.name) ?? null, sources(network.graph, layer, unit.map));
            else maps.mark(maps.layer.kind === "input" ? (areas.get(maps.layer.name) ?? null) : null);
        }
        const connected = this.connected ?? (layer?.kind === "convolution" && unit !== null ? { layer, map: unit.map } : null);
        for (const own of this.tables) own.table.light(null);
        for (const kernels of this.kernels) if (kernels.layer !== connected?.layer) kernels.show(null);
        if (connected !== null) this.connect(network, connected);
        if (unit !== null && look !== null) this.inspector.show(network, look, unit);
        else this.inspector.clear();
    }
}
