// What `lenet serve` and its page tell each other, as types.

/** Numbers with their shape. */
export interface Tensor {
    shape: number[];
    values: Float32Array;
}

/** Grey levels of one image, ink 255. */
export interface Image {
    side: number;
    pixels: Uint8Array;
}

export interface Choice {
    name: string;
    title: string;
    net: string;
}

export interface RecipeHint {
    name: string;
    summary: string;
    passes: number;
    seconds_hint?: number | null;
}

export interface About {
    program: string;
    version: string;
    level: string;
    threads: number;
    /** The network that is meant where none is named. */
    usual?: string;
    networks: Choice[];
    recipes: RecipeHint[];
    nets: string[];
}

export interface Box {
    x: number;
    y: number;
    width: number;
    height: number;
}

export interface ReadDigit {
    bbox: Box;
    value: number | null;
    probability: number;
    /** Other digits that it may be, the likeliest first; a probability that is not known is null. */
    alternatives: [number, number | null][];
    image: Image;
}

export interface Page {
    text: string;
    size: [number, number];
    lines: { text: string; bbox: Box; digits: ReadDigit[] }[];
    others: ReadDigit[];
    blank: string | null;
    notes: unknown[];
}

export type LayerKind = "input" | "convolution" | "subsampling" | "dense" | "rbf";

export interface Layer {
    name: string;
    kind: LayerKind;
    from?: string;
    maps: number;
    rows: number;
    columns: number;
    kernel?: number;
    table?: number[][];
    parameters?: number;
    connections?: number;
    weight?: string;
    coefficient?: string;
    /** How sub-sampling makes one value of four. */
    pooling?: "trainable" | "average" | "max";
    bias?: string;
    squashing?: string | null;
    picture?: [number, number];
    codes?: boolean;
}

export interface Graph {
    net: string;
    layers: Layer[];
}

export interface Weights {
    tensors: Map<string, Tensor>;
    codes: Tensor | null;
}

export interface Look {
    input: Tensor;
    layers: Map<string, Tensor>;
    answer: { digit: number; penalty: number; runner_up: number; probability: number; value: number | null };
}

export interface Labelled {
    index: number;
    label: number;
    image: Image;
}

export interface StringAnswer {
    step: number;
    /** Of every window of 32 columns, by its first. */
    answers: { column: number; penalties: number[] }[];
    /** What the decoder makes of them, by the middle column. */
    digits: { value: number; column: number; probability: number }[];
    text: string;
}

export interface PassRecord {
    pass: number;
    criterion: number;
    errors: number;
    patterns: number;
    validation_errors?: number;
    validation_patterns?: number;
    seconds: number;
}

export interface Misread {
    index: number;
    truth: number;
    answer: number;
}

export interface Score {
    patterns: number;
    errors: number;
    error_percent: number;
    interval_percent: [number, number];
    confusion?: number[][];
    misread?: Misread[];
}

export type RunState = "running" | "stopped" | "finished" | "failed";

export interface Run {
    name: string;
    net: string;
    recipe: string;
    seed: number;
    passes: number;
    state: RunState;
    history: PassRecord[];
    test: Score | null;
    score?: Score | null;
    validation?: number;
    seconds?: number;
}

export interface Progress {
    pass: number;
    passes: number;
    seen: number;
    of: number;
    patterns_per_second: number;
    seconds_left: number;
}

export type RunEvent =
    | { kind: "progress"; data: Progress }
    | { kind: "pass"; record: PassRecord; tensors: Map<string, Tensor> }
    | { kind: "end"; state: RunState; test: Score | null }
    | { kind: "failed"; error: string };
