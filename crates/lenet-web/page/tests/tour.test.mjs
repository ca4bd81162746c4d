// The tour: eight steps, each with its picture at work, in both languages.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { accessible, begin, open } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof begin>>} */
let at;
before(async () => {
    at = await begin();
});
after(() => at.end());

/**
 * Moves a slider by keys.
 * @param {import("playwright-core").Page} page
 * @param {string} label
 * @param {string} key
 * @param {number} times
 */
async function slide(page, label, key, times) {
    const slider = page.locator(".tour").getByLabel(label);
    await slider.focus();
    for (let k = 0; k < times; k++) await page.keyboard.press(key);
}

describe("tour", () => {
    it("is walked from the first step to the last, and every picture is alive", async () => {
        const { page, wrong, close } = await open(at.browser, at.address);
        await page.click('nav a[href="#tour"]');
        /** @type {Record<number, () => Promise<unknown>>} */
        const alive = {
            1: () => page.waitForSelector(".tour .check:not(.wrong)"),
            2: async () => {
                const map = page.locator(".tour [data-layer=C1] canvas").last();
                await page.waitForSelector(".tour [data-layer=C1] .map");
                const before = await map.evaluate((/** @type {HTMLCanvasElement} */ canvas) => canvas.toDataURL());
                await slide(page, "To the right", "ArrowRight", 3);
                await page.waitForFunction((old) => [...document.querySelectorAll(".tour [data-layer=C1] .map canvas")].some((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL() !== old), before);
            },
            3: () => page.waitForSelector(".tour .check:not(.wrong)"),
            4: async () => {
                await page.locator(".tour .connections .node[tabindex]").first().focus();
                assert.equal(await page.locator(".tour .connections line.lit").count(), 3);
            },
            5: () => page.waitForSelector(".tour .codes .first"),
            6: async () => {
                await page.getByRole("button", { name: "Train for two passes" }).click();
                await page.waitForFunction(() => document.querySelectorAll(".tour .curve-0 circle").length === 2, null, { timeout: 60_000 });
                await page.waitForSelector(".tour .headline", { timeout: 60_000 });
            },
            7: async () => {
                await page.waitForSelector(".tour .codes .first");
                const before = await page.textContent(".tour .answer");
                await slide(page, "Rotation", "ArrowRight", 40);
                await page.waitForFunction((old) => document.querySelector(".tour .answer")?.textContent !== old, before);
            },
            8: async () => {
                await page.waitForFunction(() => /^\d{5}$/.test(document.querySelector(".tour .strip .answer")?.textContent ?? ""));
                await slide(page, "Gap", "ArrowLeft", 8);
                await page.waitForFunction(() => document.querySelectorAll(".tour .answers circle").length > 0);
            },
        };
        for (let step = 1; step <= 8; step++) {
            await page.waitForFunction((number) => document.querySelector(".tour h3[tabindex]")?.textContent?.startsWith(`${number}. `), step);
            await alive[step]?.();
            await accessible(page);
            if (step < 8) await page.getByRole("button", { name: "Next" }).click();
        }
        assert.ok(await page.getByRole("button", { name: "Next" }).isDisabled());
        assert.deepEqual(wrong, []);
        await close();
    });

    it("fits a phone at every step, in Korean and in the dark", async () => {
        const { page, wrong, close } = await open(at.browser, at.address, { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: "dark", locale: "ko-KR" });
        for (let step = 1; step <= 8; step++) {
            await page.evaluate((number) => (location.hash = `#tour/${number}`), step);
            await page.waitForFunction((number) => document.querySelector(".tour h3[tabindex]")?.textContent?.startsWith(`${number}. `), step);
            await page.waitForTimeout(200);
            assert.match((await page.textContent(".tour .story")) ?? "", /[가-힣]/);
            assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, `step ${step} is not wider than the screen`);
        }
        await accessible(page);
        assert.deepEqual(wrong, []);
        await close();
    });
});
