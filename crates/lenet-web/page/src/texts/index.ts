// Which language the page speaks. A text is asked for when it is shown: `t().draw.title`.

import { en } from "./en";
import { ko } from "./ko";

/** All texts of the page. The type makes every language have the same. */
export type Texts = typeof en;
export type Language = "en" | "ko";

const LANGUAGES: Record<Language, Texts> = { en, ko };
const KEY = "lenet-language";
const listeners: (() => void)[] = [];

function first(): Language {
    const kept = localStorage.getItem(KEY);
    if (kept === "en" || kept === "ko") return kept;
    return navigator.language.startsWith("ko") ? "ko" : "en";
}

let current = first();
document.documentElement.lang = current;

export function language(): Language {
    return current;
}

/** The texts in the language of now. */
export function t(): Texts {
    return LANGUAGES[current];
}

/** Calls when the language has changed. */
export function onLanguage(listener: () => void): void {
    listeners.push(listener);
}

export function speak(wanted: Language): void {
    current = wanted;
    localStorage.setItem(KEY, wanted);
    document.documentElement.lang = wanted;
    for (const listener of listeners) listener();
}

/** A whole number with its thousands set apart. */
export function count(value: number): string {
    return Math.round(value).toLocaleString(current);
}

/** A share of 1 in %. */
export function percent(share: number, digits = 1): string {
    const value = 100 * share;
    // what is not certain is not shown as if it were
    const most = 100 - 10 ** -digits;
    return `${(share < 1 && value > most ? most : value).toFixed(digits)} %`;
}
