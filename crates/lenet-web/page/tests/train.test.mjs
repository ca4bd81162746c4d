// Train: a short run before one's eyes, what came out of it, and runs side by side.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { accessible, begin, open } from "./browser.mjs";

/** How long a short training may take on a slow machine. */
const PATIENCE = { timeout: 60_000 };

/** @type {Awaited<ReturnType<typeof begin>>} */
let at;
before(async () => {
    at = await begin();
});
after(() => at.end());

/** @param {import("playwright-core").BrowserContextOptions} options */
async function training(options = {}) {
    const opened = await open(at.browser, `${at.address.replace(/\/$/, "")}/#train`, options);
    await opened.page.waitForFunction(() => document.querySelectorAll(".order option").length > 1);
    return opened;
}

/**
 * @param {import("playwright-core").Page} page
 * @param {{ seed: number, passes: number, net?: string }} order
 */
async function start(page, { seed, passes, net = "lenet-5" }) {
    await page.locator(".order").getByLabel("Recipe").selectOption("fast");
    await page.locator(".order select").nth(1).selectOption(net);
    await page.locator(".order").getByLabel("Seed").fill(String(seed));
    await page.locator(".order").getByLabel("Passes").fill(String(passes));
    await page.getByRole("button", { name: "Begin to train" }).click();
    await page.waitForSelector(".train .run:not([hidden])");
}

/**
 * @param {import("playwright-core").Page} page
 * @param {number} points
 */
async function grown(page, points) {
    await page.waitForFunction((wanted) => document.querySelectorAll(".train .run .plot .curve-0 circle").length >= wanted, points, PATIENCE);
}

describe("train", () => {
    it("says that it is getting ready until the run is there", async () => {
        const { page, wrong, close } = await training();
        await page.route("**/api/runs", async (route) => {
            if (route.request().method() !== "POST") return route.continue();
            await new Promise((done) => setTimeout(done, 500));
            await route.fulfill({ status: 409, contentType: "application/json", body: JSON.stringify({ error: "a run is in training already" }) });
        });
        await page.locator(".order").getByLabel("Recipe").selectOption("fast");
        await page.getByRole("button", { name: "Begin to train" }).click();
        assert.ok(await page.getByRole("button", { name: "Getting ready…" }).isDisabled());
        await page.getByRole("button", { name: "Begin to train" }).waitFor(PATIENCE);
        assert.ok(await page.getByRole("button", { name: "Begin to train" }).isEnabled());
        await close();
        assert.ok(wrong.every((what) => what.includes("409")), wrong.join("\n"));
    });

    it("shows the curves and kernels of a run as they grow, and what came out", async () => {
        const { page, wrong, close } = await training();
        await start(page, { seed: 1, passes: 2 });
        await grown(page, 1);
        assert.ok((await page.locator(".train .run .growing .kernel").count()) >= 6, "the kernels of C1");
        await grown(page, 2);
        await page.waitForSelector(".train .headline", PATIENCE);
        assert.equal(await page.locator(".train .run .plot .curve-1 circle").count(), 2, "the error on the digits that were held out");
        const error = Number(/([\d.]+) %/.exec((await page.textContent(".train .headline")) ?? "")?.[1]);
        assert.ok(error > 0.3 && error < 5, `${error} % after two passes`);
        await page.waitForSelector(".train .gallery canvas");
        const cell = page.locator(".train .confusion .wrong button").first();
        const told = /taken for (\d): (\d+)/.exec((await cell.getAttribute("aria-label")) ?? "");
        await cell.click();
        await page.waitForFunction((wanted) => document.querySelectorAll(".train .gallery canvas").length === wanted, Number(told?.[2]));
        await accessible(page);
        await page.locator(".train .gallery button").first().click();
        await page.waitForFunction(() => location.hash === "#look");
        await page.waitForSelector(".codes .first");
        assert.match(await page.inputValue("header select"), /^run:/);
        assert.equal(await page.textContent(".codes .first strong"), told?.[1], "it is misread inside as well");
        assert.deepEqual(wrong, []);
        await close();
    });

    it("stops a run, and goes on with it", async () => {
        const { page, wrong, close } = await training();
        await start(page, { seed: 2, passes: 5 });
        await grown(page, 1);
        await page.getByRole("button", { name: "Stop" }).click();
        await page.getByRole("button", { name: "Resume" }).click(PATIENCE);
        await grown(page, 5);
        await page.waitForSelector(".train .headline", PATIENCE);
        assert.deepEqual(wrong, []);
        await close();
    });

    it("lists the runs, compares their curves and loads one, on a phone too", async () => {
        const { page, wrong, close } = await training({ viewport: { width: 390, height: 844 }, hasTouch: true });
        await page.waitForSelector(".runs tbody tr:nth-child(2)");
        assert.equal(await page.locator(".beside .plot .curve").count(), 2);
        await page.locator(".runs input").first().uncheck();
        assert.equal(await page.locator(".beside .plot .curve").count(), 1);
        await page.locator(".runs a").first().click();
        await page.getByRole("button", { name: "Use this network" }).click();
        await page.waitForFunction(() => /** @type {HTMLSelectElement} */ (document.querySelector("header select")).value.startsWith("run:"));
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, "nothing is wider than the screen");
        await accessible(page);
        assert.deepEqual(wrong, []);
        await close();
    });

    it("trains another network and looks inside it", async () => {
        const { page, wrong, close } = await training();
        await start(page, { seed: 1, passes: 1, net: "lenet-1" });
        await page.waitForSelector(".train .headline", PATIENCE);
        await page.getByRole("button", { name: "Use this network" }).click();
        await page.waitForFunction(() => /** @type {HTMLSelectElement} */ (document.querySelector("header select")).value.startsWith("run:"));
        await page.click('nav a[href="#look"]');
        await page.waitForSelector(".codes .first");
        const names = await page.$$eval(".look-inside [data-layer]", (rows) => rows.map((row) => /** @type {HTMLElement} */ (row).dataset.layer));
        assert.deepEqual(names, ["input", "H1", "H2", "H3", "H4", "output"]);
        for (const layer of ["H1", "H2", "H3", "H4"]) {
            await page.locator(`.look-inside [data-layer=${layer}] .map`).last().click();
            await page.waitForSelector(".look-inside .check:not(.wrong)");
        }
        await page.locator(".codes button").nth(4).click();
        await page.waitForSelector(".look-inside .check:not(.wrong)");
        assert.deepEqual(wrong, []);
        await close();
    });
});
