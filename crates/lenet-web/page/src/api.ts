// The client of the HTTP interface of `lenet serve`. Numbers in binary come as base64 with their shape.

import type {
    About,
    Box,
    Graph,
    Image,
    Labelled,
    Look,
    Page,
    PassRecord,
    Progress,
    ReadDigit,
    Run,
    RunEvent,
    RunState,
    Score,
    StringAnswer,
    Tensor,
    Weights,
} from "./contract";

interface F32 {
    shape: number[];
    f32: string;
}

interface U8 {
    shape: number[];
    u8: string;
}

/** An answer of the server that is an error, in its words. */
export class Refusal extends Error {
    constructor(
        readonly status: number,
        message: string,
    ) {
        super(message);
    }
}

function bytes(text: string): Uint8Array {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function tensor(from: F32): Tensor {
    return { shape: from.shape, values: new Float32Array(bytes(from.f32).buffer) };
}

function image(from: U8): Image {
    return { side: from.shape[0] ?? 28, pixels: bytes(from.u8) };
}

function tensors(from: Record<string, F32>): Map<string, Tensor> {
    return new Map(Object.entries(from).map(([name, value]) => [name, tensor(value)]));
}

const TOKEN = "lenet-token";

/** Takes the token out of the address, where `lenet serve` prints it, so that it is not shown or bookmarked. */
export function takeToken(): void {
    const address = new URL(location.href);
    const token = address.searchParams.get("token");
    if (token !== null) {
        sessionStorage.setItem(TOKEN, token);
        address.searchParams.delete("token");
        history.replaceState(null, "", address);
    }
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const token = sessionStorage.getItem(TOKEN);
    if (token !== null) headers.set("Authorization", `Bearer ${token}`);
    const response = await fetch(path, { ...init, headers });
    if (response.ok) return response;
    const text = await response.text();
    let reason = text;
    try {
        reason = (JSON.parse(text) as { error: string }).error;
    } catch {
        // not JSON: the text itself is the reason
    }
    throw new Refusal(response.status, reason || response.statusText);
}

async function json<T>(path: string, init?: RequestInit): Promise<T> {
    return (await (await ask(path, init)).json()) as T;
}

function posted(body: BodyInit, type: string, signal?: AbortSignal): RequestInit {
    return { method: "POST", body, headers: { "Content-Type": type }, ...(signal ? { signal } : {}) };
}

const BYTES = "application/octet-stream";

function query(weights: string): string {
    return `?weights=${encodeURIComponent(weights)}`;
}

export function about(): Promise<About> {
    return json("/api/about");
}

export function graph(weights: string): Promise<Graph> {
    return json(`/api/graph${query(weights)}`);
}

export async function weights(name: string): Promise<Weights> {
    const answer = await json<{ tensors: Record<string, F32>; codes?: F32 | null }>(`/api/weights${query(name)}`);
    return { tensors: tensors(answer.tensors), codes: answer.codes ? tensor(answer.codes) : null };
}

type RawDigit = Omit<ReadDigit, "image"> & { image: U8 };

/** Reads a picture: a file's bytes as they are. */
export async function read(picture: BodyInit, weights: string): Promise<Page> {
    interface Raw extends Omit<Page, "lines" | "others"> {
        lines: { text: string; bbox: Box; digits: RawDigit[] }[];
        others: RawDigit[];
    }
    const raw = await json<Raw>(`/api/read${query(weights)}`, posted(picture, BYTES));
    const digit = (from: RawDigit): ReadDigit => ({ ...from, image: image(from.image) });
    return {
        ...raw,
        lines: raw.lines.map((line) => ({ ...line, digits: line.digits.map(digit) })),
        others: raw.others.map(digit),
    };
}

export async function look(pixels: Uint8Array, weights: string): Promise<Look> {
    interface Raw extends Omit<Look, "input" | "layers"> {
        input: F32;
        layers: (F32 & { name: string })[];
    }
    const raw = await json<Raw>(`/api/look${query(weights)}`, posted(pixels.slice(), BYTES));
    return { ...raw, input: tensor(raw.input), layers: new Map(raw.layers.map((layer) => [layer.name, tensor(layer)])) };
}

/** What the replicated network makes of 32 rows of ink. */
export function strings(pixels: Uint8Array, width: number): Promise<StringAnswer> {
    return json(`/api/strings?width=${width}`, posted(pixels.slice(), BYTES));
}

async function digits(parameters: string): Promise<Labelled[]> {
    const raw = await json<{ digits: (Omit<Labelled, "image"> & { image: U8 })[] }>(`/api/digits?${parameters}`);
    return raw.digits.map((digit) => ({ ...digit, image: image(digit.image) }));
}

export function testDigits(indices: number[]): Promise<Labelled[]> {
    return indices.length === 0 ? Promise.resolve([]) : digits(`split=test&indices=${indices.slice(0, 200).join(",")}`);
}

export function someDigits(label: number, count: number, seed: number): Promise<Labelled[]> {
    return digits(`split=test&label=${label}&count=${count}&seed=${seed}`);
}

export async function runs(): Promise<Run[]> {
    return (await json<{ runs: Run[] }>("/api/runs")).runs;
}

export function run(name: string): Promise<Run> {
    return json(`/api/runs/${encodeURIComponent(name)}`);
}

export async function begin(order: { recipe: string; net?: string; seed?: number; passes?: number; validation?: number }): Promise<string> {
    return (await json<{ name: string }>("/api/runs", posted(JSON.stringify(order), "application/json"))).name;
}

export async function control(name: string, what: "stop" | "resume"): Promise<void> {
    await ask(`/api/runs/${encodeURIComponent(name)}/${what}`, { method: "POST" });
}

function event(kind: string, data: string): RunEvent | null {
    switch (kind) {
        case "progress":
            return { kind, data: JSON.parse(data) as Progress };
        case "pass": {
            const raw = JSON.parse(data) as { record: PassRecord; weights: { tensors: Record<string, F32> } | null };
            return { kind, record: raw.record, tensors: tensors(raw.weights?.tensors ?? {}) };
        }
        case "end":
            return { kind, ...(JSON.parse(data) as { state: RunState; test: Score | null }) };
        case "failed":
            return { kind, ...(JSON.parse(data) as { error: string }) };
        default:
            return null;
    }
}

/** What happens in a run, until it ends or the signal says to stop. Read by fetch, since an EventSource sends no token. */
export async function* events(name: string, signal: AbortSignal): AsyncGenerator<RunEvent> {
    const response = await ask(`/api/runs/${encodeURIComponent(name)}/events`, { signal });
    if (response.body === null) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        rest += value.replaceAll("\r", "");
        const blocks = rest.split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) {
            const field = (key: string): string =>
                block
                    .split("\n")
                    .filter((line) => line.startsWith(`${key}:`))
                    .map((line) => line.slice(key.length + 1).replace(/^ /, ""))
                    .join("\n");
            const found = event(field("event"), field("data"));
            if (found !== null) yield found;
        }
    }
}
