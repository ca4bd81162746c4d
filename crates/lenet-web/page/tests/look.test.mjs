// Look inside: every layer live, every unit's arithmetic, Table I, the codes.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { accessible, begin, open, write } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof begin>>} */
let at;
before(async () => {
    at = await begin();
});
after(() => at.end());

/**
 * The page with the layers of a digit that was written on it.
 * @param {string} digit
 * @param {import("playwright-core").BrowserContextOptions} options
 */
async function looking(digit, options = {}) {
    const opened = await open(at.browser, at.address, options);
    await opened.page.click('nav a[href="#look"]');
    await opened.page.waitForSelector(".codes .first");
    await write(opened.page, opened.page.locator(".look-inside .sheet"), digit, { x: 90, y: 25, scale: 140 });
    await opened.page.waitForFunction((wanted) => document.querySelector(".look-inside .answer strong")?.textContent === wanted, digit);
    return opened;
}

/**
 * What the page computed for a unit, and what the server said.
 * @param {import("playwright-core").Page} page
 */
async function told(page) {
    const { computed, told } = await page.$eval(".look-inside .check", (/** @type {HTMLElement} */ check) => ({ ...check.dataset }));
    return [Number(computed), Number(told)];
}

describe("look inside", () => {
    it("shows the layers by name and follows the drawing", async () => {
        const { page, wrong, close } = await looking("3");
        const names = await page.$$eval(".look-inside [data-layer]", (rows) => rows.map((row) => /** @type {HTMLElement} */ (row).dataset.layer));
        assert.deepEqual(names, ["input", "C1", "S2", "C3", "S4", "C5", "F6", "output"]);
        assert.equal(await page.textContent(".codes .first strong"), "3");
        await accessible(page);
        assert.deepEqual(wrong, []);
        await close();
    });

    it("computes the value that the server has, for a unit of every layer", async () => {
        const { page, wrong, close } = await looking("5");
        for (const [layer, map, across, down] of /** @type {[string, number, number, number][]} */ ([
            ["C1", 2, 0.4, 0.5],
            ["S2", 5, 0.6, 0.3],
            ["C3", 0, 0.5, 0.5],
            ["C3", 15, 0.2, 0.8],
            ["S4", 7, 0.5, 0.5],
            ["C5", 0, 0.35, 0.65],
            ["F6", 0, 0.5, 0.45],
        ])) {
            const place = page.locator(`.look-inside [data-layer=${layer}] .map`).nth(map);
            await place.scrollIntoViewIfNeeded();
            const box = await place.boundingBox();
            assert.ok(box);
            await place.click({ position: { x: box.width * across, y: box.height * down } });
            const [computed = NaN, server = NaN] = await told(page);
            assert.ok(Math.abs(computed - server) < 1e-5, `${layer}: ${computed} here, ${server} there`);
            assert.equal(await page.locator(".look-inside [data-layer=input] .area:visible").count(), 1, `${layer}: its receptive field is marked`);
        }
        await page.locator(".codes button").nth(5).click();
        const [computed = NaN, server = NaN] = await told(page);
        assert.ok(Math.abs(computed - server) < 1e-5 * Math.max(1, server), `output: ${computed} here, ${server} there`);
        assert.deepEqual(wrong, []);
        await close();
    });

    it("draws Table I as connections that light up", async () => {
        const { page, wrong, close } = await looking("8");
        const connections = page.locator(".look-inside .connections");
        assert.equal(await connections.locator("line").count(), 60);
        await connections.locator(".node[tabindex]").nth(6).focus();
        assert.equal(await connections.locator("line.lit").count(), 4);
        assert.equal(await page.locator(".look-inside [data-layer=S2] .map.lit").count(), 4);
        assert.equal(await page.locator(".look-inside [data-layer=C3] .kernel").count(), 4);
        assert.deepEqual(wrong, []);
        await close();
    });

    it("moves from unit to unit with the keyboard", async () => {
        const { page, wrong, close } = await looking("2");
        const map = page.locator(".look-inside [data-layer=C1] .map").first();
        await page.keyboard.press("Tab");
        await map.focus();
        for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
        assert.equal(await page.textContent(".look-inside .inspector h3"), "C1, map 0, row 1, column 2");
        assert.deepEqual(wrong, []);
        await close();
    });

    it("shows another network, and works on a phone", async () => {
        const { page, wrong, close } = await looking("6", { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: "dark" });
        await page.selectOption("header select", "best");
        await page.waitForFunction(() => document.querySelectorAll(".codes .first").length === 1);
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, "nothing is wider than the screen");
        await accessible(page);
        assert.deepEqual(wrong, []);
        await close();
    });
});
