// What the tests share: the server, the browser, and a hand that writes.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

/** @type {Record<string, [number, number][][]>} */
const STROKES = JSON.parse(readFileSync(new URL("strokes.json", import.meta.url), "utf8"));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";

/**
 * Starts `lenet serve` in a folder of its own and waits until it says where it is.
 * @param {string} program
 * @param {string} folder
 * @param {string[]} more arguments
 */
async function serve(program, folder, more) {
    const server = spawn(program, ["serve", "--port", "0", ...more], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const address = await new Promise((found, failed) => {
        const late = setTimeout(() => failed(new Error(`lenet serve did not say its address within 20 s: ${said}`)), 20_000);
        const hear = (/** @type {Buffer} */ data) => {
            said += data.toString();
            const match = /https?:\/\/[\w.:[\]-]+\/(\?token=\w+)?(?=\s)/.exec(said);
            if (match === null) return;
            clearTimeout(late);
            found(match[0]);
        };
        server.stdout.on("data", hear);
        server.stderr.on("data", hear);
        server.on("exit", (code) => failed(new Error(`lenet serve ended with ${code}: ${said}`)));
    });
    return { address: String(address), stop: () => server.kill("SIGINT") };
}

export function launch() {
    return chromium.launch({
        executablePath: BROWSER,
        args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
    });
}

/**
 * A new page, and the list of what went wrong on it: errors, refused content, requests to other origins.
 * @param {import("playwright-core").Browser} browser
 * @param {string} address
 * @param {import("playwright-core").BrowserContextOptions} options
 */
export async function open(browser, address, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", ...options });
    const page = await context.newPage();
    /** @type {string[]} */
    const wrong = [];
    page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") wrong.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
    page.on("request", (request) => {
        const url = new URL(request.url());
        if (url.protocol.startsWith("http") && url.origin !== new URL(address).origin) wrong.push(`a request to ${url.origin}`);
    });
    await page.goto(address);
    await page.waitForFunction(() => document.querySelectorAll("header select option").length > 0);
    return { page, wrong, close: () => context.close() };
}

/**
 * @typedef {"mouse" | "finger" | "pen"} Tool
 */

/**
 * A hand for a page.
 * @param {import("playwright-core").Page} page
 * @param {Tool} tool
 * @param {number} force how hard a pen is pressed, from 0 to 1
 */
async function hand(page, tool, force) {
    if (tool === "mouse") return { down: () => page.mouse.down(), move: (/** @type {number} */ x, /** @type {number} */ y) => page.mouse.move(x, y), up: () => page.mouse.up() };
    const session = await page.context().newCDPSession(page);
    let at = { x: 0, y: 0 };
    let down = false;
    const touch = (/** @type {"touchStart" | "touchMove" | "touchEnd"} */ type) => session.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [at] });
    const pen = (/** @type {"mousePressed" | "mouseMoved" | "mouseReleased"} */ type) =>
        session.send("Input.dispatchMouseEvent", { type, ...at, pointerType: "pen", button: "left", buttons: down ? 1 : 0, force: down ? force : 0, clickCount: 1 });
    const finger = tool === "finger";
    return {
        down: () => ((down = true), finger ? touch("touchStart") : pen("mousePressed")),
        move: async (/** @type {number} */ x, /** @type {number} */ y) => {
            at = { x, y };
            if (!finger) await pen("mouseMoved");
            else if (down) await touch("touchMove");
        },
        up: () => ((down = false), finger ? touch("touchEnd") : pen("mouseReleased")),
    };
}

/**
 * Writes digits on a pad: `scale` pixels for a hundred units of the strokes.
 * @param {import("playwright-core").Page} page
 * @param {import("playwright-core").Locator} pad
 * @param {string} digits
 * @param {{ x?: number, y?: number, scale?: number, gap?: number, tool?: Tool, force?: number }} place
 */
export async function write(page, pad, digits, { x = 60, y = 60, scale = 200, gap = 90, tool = "mouse", force = 0.5 } = {}) {
    await pad.scrollIntoViewIfNeeded();
    const box = await pad.boundingBox();
    if (box === null) throw new Error("the pad is not on the page");
    const pen = await hand(page, tool, force);
    let left = box.x + x;
    for (const digit of digits) {
        for (const stroke of STROKES[digit] ?? []) {
            const [first, ...rest] = stroke.map(([u, v]) => [left + (u * scale) / 100, box.y + y + (v * scale) / 100]);
            await pen.move(first?.[0] ?? 0, first?.[1] ?? 0);
            await pen.down();
            for (const [px = 0, py = 0] of rest) await pen.move(px, py);
            await pen.up();
        }
        left += (gap * scale) / 100;
    }
}

/**
 * Fails if axe finds something serious on the page.
 * @param {import("playwright-core").Page} page
 */
export async function accessible(page) {
    await page.evaluate(AXE);
    const found = await page.evaluate(async () => {
        // @ts-expect-error: axe is what the line before has brought
        const { violations } = await axe.run(document, { resultTypes: ["violations"] });
        return violations
            .filter((/** @type {{ impact: string }} */ { impact }) => impact === "serious" || impact === "critical")
            .map((/** @type {{ id: string, nodes: { html: string, failureSummary: string }[] }} */ { id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
    });
    assert.deepEqual(found, []);
}

/**
 * The server that LENET names, in a new folder, and a browser; both end with the tests of the file. LENET_ADDRESS names a server
 * that runs already.
 * @param {string[]} more arguments of `lenet serve`
 */
export async function begin(...more) {
    const folder = mkdtempSync(join(tmpdir(), "lenet-page-"));
    const program = process.env.LENET ?? fileURLToPath(new URL("../../../../target/release/lenet", import.meta.url));
    const known = process.env.LENET_ADDRESS;
    const server = known === undefined ? await serve(program, folder, more) : { address: known, stop: () => true };
    const browser = await launch();
    return {
        ...server,
        browser,
        end: async () => {
            await browser.close();
            server.stop();
            rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
        },
    };
}
