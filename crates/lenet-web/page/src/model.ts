// What all parts of the page share: the network that is chosen, the digit that is looked at, and what the network makes of it.

import * as api from "./api";
import type { About, Graph, Layer, Look, Weights } from "./contract";
import { Latest } from "./latest";

export interface Network {
    name: string;
    graph: Graph;
    weights: Weights;
}

type Change = "about" | "network" | "look" | "error";

export class Model {
    about: About | null = null;
    network: Network | null = null;
    /** The digit that is looked at: 28x28 grey levels, ink 255. */
    pixels: Uint8Array | null = null;
    look: Look | null = null;
    error: string | null = null;
    private readonly listeners = new Map<Change, (() => void)[]>();
    private readonly requests = new Latest((error) => this.fail(error));

    on(change: Change, listener: () => void): void {
        this.listeners.set(change, [...(this.listeners.get(change) ?? []), listener]);
    }

    private tell(change: Change): void {
        for (const listener of this.listeners.get(change) ?? []) listener();
    }

    /** Shows an error to the person, or takes it away. */
    fail(error: unknown): void {
        if (error instanceof DOMException && error.name === "AbortError") return;
        this.error = error === null ? null : error instanceof Error ? error.message : String(error);
        this.tell("error");
    }

    /** Asks again which networks there are. */
    async refresh(): Promise<void> {
        this.about = await api.about();
        this.tell("about");
    }

    async choose(name: string): Promise<void> {
        const [graph, weights] = await Promise.all([api.graph(name), api.weights(name)]);
        this.network = { name, graph, weights };
        this.look = null;
        this.tell("network");
        if (this.pixels !== null) this.see(this.pixels);
    }

    get name(): string {
        return this.network?.name ?? "reading";
    }

    layer(name: string): Layer | null {
        return this.network?.graph.layers.find((layer) => layer.name === name) ?? null;
    }

    /** Looks at another digit. */
    see(pixels: Uint8Array): void {
        this.pixels = pixels;
        this.requests.submit(async () => {
            const look = await api.look(pixels, this.name);
            this.look = look;
            this.tell("look");
        });
    }
}
