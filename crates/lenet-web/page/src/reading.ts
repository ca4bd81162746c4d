// A picture read by any network. Only a network that was taught what is no digit can find its way on a page: where the chosen one was not,
// the one that comes with the program finds and prepares the digits, and the chosen one answers.

import * as api from "./api";
import type { Page, ReadDigit } from "./contract";

/** The network that finds digits on pages. */
export const FINDER = "reading";
/** Requests at a time. */
const TOGETHER = 8;

async function answered(digit: ReadDigit, weights: string): Promise<ReadDigit> {
    if (digit.value === null) return digit;
    const { answer } = await api.look(digit.image.pixels, weights);
    return { ...digit, value: answer.value, probability: answer.probability, alternatives: [[answer.runner_up, null]] };
}

export async function readBy(picture: BodyInit, weights: string): Promise<Page> {
    const page = await api.read(picture, FINDER);
    if (weights === FINDER) return page;
    const digits = page.lines.flatMap((line) => line.digits);
    const answers: ReadDigit[] = [];
    for (let k = 0; k < digits.length; k += TOGETHER) {
        answers.push(...(await Promise.all(digits.slice(k, k + TOGETHER).map((digit) => answered(digit, weights)))));
    }
    let next = 0;
    const lines = page.lines.map((line) => {
        const own = answers.slice(next, (next += line.digits.length));
        // spaces stay where they were
        let k = 0;
        const text = line.text.replace(/\S/g, () => String(own[k++]?.value ?? "?"));
        return { ...line, text, digits: own };
    });
    return { ...page, lines, text: lines.map(({ text }) => text).join("\n") };
}
