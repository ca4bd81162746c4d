// Elements from values; texts that follow the language; styles by the object model only, since the page allows no inline styles.

import { onLanguage } from "./texts";

/** A text, or a way to get it again when the language changes. */
export type Said = string | (() => string);

type Value = Said | number | boolean | ((event: never) => void) | undefined;
type Child = Node | Said | null;

interface Bound {
    node: WeakRef<Node>;
    update: (node: Node) => void;
}

let bound: Bound[] = [];

onLanguage(() => {
    bound = bound.filter(({ node, update }) => {
        const alive = node.deref();
        if (alive !== undefined) update(alive);
        return alive !== undefined;
    });
});

function bind<N extends Node>(node: N, update: (node: N) => void): void {
    update(node);
    bound.push({ node: new WeakRef<Node>(node), update: update as (node: Node) => void });
}

/** A text node that changes with the language. */
export function said(text: Said): Text {
    const node = document.createTextNode("");
    if (typeof text === "string") node.data = text;
    else bind(node, (alive) => (alive.data = text()));
    return node;
}

function attribute(element: Element, name: string, value: Value): void {
    if (value === undefined || value === false) return;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value as unknown as EventListener);
    else if (typeof value === "function") bind(element, (alive) => alive.setAttribute(name, (value as () => string)()));
    else element.setAttribute(name, value === true ? "" : String(value));
}

function fill(element: Element, attributes: Record<string, Value>, children: Child[]): void {
    for (const [name, value] of Object.entries(attributes)) attribute(element, name, value);
    for (const child of children) {
        if (child !== null) element.append(child instanceof Node ? child : said(child));
    }
}

/** An element with attributes, listeners (`onclick`) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    attributes: Record<string, Value> = {},
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    const element = document.createElement(tag);
    fill(element, attributes, children);
    return element;
}

/** The same for SVG. */
export function s<K extends keyof SVGElementTagNameMap>(
    tag: K,
    attributes: Record<string, Value> = {},
    ...children: Child[]
): SVGElementTagNameMap[K] {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    fill(element, attributes, children);
    return element;
}

/** Puts other children into an element. */
export function put(element: Element, ...children: Child[]): void {
    element.replaceChildren();
    fill(element, {}, children);
}

/** A button with a text. */
export function button(text: Said, act: () => void, attributes: Record<string, Value> = {}): HTMLButtonElement {
    return h("button", { type: "button", onclick: act, ...attributes }, text);
}

/** A select with its label. */
export function choice(label: Said, options: [string, Said][], act: (value: string) => void): [HTMLLabelElement, HTMLSelectElement] {
    const select = h("select", {}, ...options.map(([value, text]) => h("option", { value }, text)));
    select.addEventListener("change", () => act(select.value));
    return [h("label", { class: "field" }, h("span", {}, label), select), select];
}

/** A slider with its label and value. */
export function slider(
    label: Said,
    range: { min: number; max: number; step: number; value: number },
    show: (value: number) => string,
    act: (value: number) => void,
): [HTMLLabelElement, HTMLInputElement] {
    const shown = (value: number): string => show(value).replace("-", "\u2212");
    const output = h("output", {}, shown(range.value));
    const input = h("input", { type: "range", ...range });
    input.addEventListener("input", () => {
        output.textContent = shown(input.valueAsNumber);
        act(input.valueAsNumber);
    });
    return [h("label", { class: "field slider" }, h("span", {}, label), input, output), input];
}
