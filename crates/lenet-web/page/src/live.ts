// What a screen reader is told: the last answer, once the hand has come to rest.

import { h } from "./dom";

/** How long an answer must stand. */
const REST = 700;

export class Live {
    readonly element = h("p", { class: "unseen", "aria-live": "polite", "aria-atomic": "true" });
    private waiting = 0;

    say(text: string): void {
        clearTimeout(this.waiting);
        this.waiting = window.setTimeout(() => {
            if (this.element.textContent !== text) this.element.textContent = text;
        }, REST);
    }
}
