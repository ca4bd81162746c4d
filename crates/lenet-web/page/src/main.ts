// The page: four parts, of which the address tells one.

import { takeToken } from "./api";
import { Draw } from "./draw";
import { button, choice, h } from "./dom";
import { LookInside } from "./look";
import { Model } from "./model";
import { Tour } from "./tour";
import { Train } from "./train";
import { language, onLanguage, speak, t } from "./texts";

takeToken();
const model = new Model();

interface Part {
    element: HTMLElement;
    /** Called when it comes into sight, with the rest of the address. */
    shown?: (rest: string) => void;
}

const look = new LookInside(model);
const open = (pixels: Uint8Array): void => {
    model.see(pixels);
    location.hash = "#look";
};
const parts: Record<string, Part> = { draw: new Draw(model, open), look, train: new Train(model, { use: choose, open }), tour: new Tour(model) };

const links = Object.keys(parts).map((name) => h("a", { href: `#${name}` }, () => t().tabs[name as keyof ReturnType<typeof t>["tabs"]]));
const [network, select] = choice(() => t().page.network, [], (name) => void choose(name));
const other = button(
    () => t().page.other,
    () => speak(language() === "en" ? "ko" : "en"),
    { lang: () => (language() === "en" ? "ko" : "en"), class: "language" },
);
const error = h("p", { class: "error", role: "alert", hidden: true });

async function choose(name: string): Promise<void> {
    try {
        await model.choose(name);
        select.value = name;
        model.fail(null);
    } catch (reason) {
        model.fail(reason);
    }
}

function route(): void {
    const [name = "", ...rest] = location.hash.slice(1).split("/");
    const current = name in parts ? name : "draw";
    Object.entries(parts).forEach(([own, part], k) => {
        part.element.hidden = own !== current;
        if (own === current) links[k]?.setAttribute("aria-current", "page");
        else links[k]?.removeAttribute("aria-current");
    });
    title();
    model.fail(null);
    parts[current]?.shown?.(rest.join("/"));
}

function title(): void {
    const [name = ""] = location.hash.slice(1).split("/");
    document.title = `LeNet-5 \u2013 ${t().tabs[(name in parts ? name : "draw") as keyof ReturnType<typeof t>["tabs"]]}`;
}

model.on("error", () => {
    error.hidden = model.error === null;
    error.textContent = model.error ?? "";
});
model.on("about", () => {
    const chosen = select.value || model.name;
    select.replaceChildren(...(model.about?.networks ?? []).map(({ name, title }) => h("option", { value: name }, () => t().page.networks[name] ?? title)));
    select.value = chosen;
    // a run that ended while another network was chosen
    if (select.value === "" && model.network !== null) select.value = model.network.name;
});

document.body.append(
    h("a", { href: "#main", class: "skip", onclick: skip }, () => t().page.skip),
    h("header", {}, h("h1", {}, "LeNet-5", h("small", {}, "1998")), h("nav", { "aria-label": () => t().page.parts }, ...links), network, other),
    h("main", { id: "main", tabindex: -1 }, error, ...Object.values(parts).map((part) => part.element)),
    h("footer", { class: "quiet" }, () => t().page.foot),
);

function skip(event: Event): void {
    event.preventDefault();
    document.getElementById("main")?.focus();
}

onLanguage(title);
addEventListener("hashchange", route);
route();
model
    .refresh()
    .then(() => choose(model.about?.usual ?? "reading"))
    .catch((reason: unknown) => model.fail(reason));
