// Which digit was taken for which; a cell can be chosen.

import { h } from "./dom";
import { t } from "./texts";

/** The table; rows are what the digits are, columns what was answered. */
export function confusion(counts: number[][], choose: (truth: number, answer: number) => void): HTMLElement {
    const texts = t().train;
    const wrong = Math.max(1, ...counts.flatMap((row, truth) => row.filter((_, answer) => answer !== truth)));
    const rows = counts.map((row, truth) =>
        h(
            "tr",
            {},
            h("th", { scope: "row" }, String(truth)),
            ...row.map((count, answer) => {
                const cell = h("td", { class: truth === answer ? "right" : count > 0 ? "wrong" : "" });
                if (count === 0) {
                    cell.append(h("span", { class: "zero", "aria-label": "0" }, "\u00b7"));
                    return cell;
                }
                const shown = h(
                    "button",
                    { type: "button", "aria-label": texts.cell(truth, answer, count), onclick: () => choose(truth, answer) },
                    String(count),
                );
                if (truth !== answer) shown.style.setProperty("--share", `${Math.round(12 + (55 * count) / wrong)}%`);
                cell.append(shown);
                return cell;
            }),
        ),
    );
    return h(
        "table",
        { class: "confusion" },
        h("caption", {}, texts.confusion),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, texts.corner), ...counts.map((_, answer) => h("th", { scope: "col" }, String(answer))))),
        h("tbody", {}, ...rows),
    );
}
