// A server that others can reach answers only those who have its token; the page takes it from the address and hides it there.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { begin, open, write } from "./browser.mjs";

/** @type {Awaited<ReturnType<typeof begin>>} */
let at;
before(async () => {
    at = await begin("--host", "0.0.0.0");
});
after(() => at.end());

const skip = process.env.LENET_ADDRESS !== undefined && "the server that runs already has its own address";

describe("token", { skip }, () => {
    it("is taken from the address, and goes with every request", async () => {
        assert.match(at.address, /\?token=\w{16,}$/);
        const { page, wrong, close } = await open(at.browser, at.address);
        assert.equal(new URL(page.url()).search, "");
        await write(page, page.locator(".draw .sheet"), "4");
        await page.waitForFunction(() => document.querySelector(".draw .answer")?.textContent === "4");
        await page.reload();
        await page.waitForFunction(() => document.querySelectorAll("header select option").length > 0);
        assert.deepEqual(wrong, []);
        await close();
    });

    it("is asked for where it is missing", async () => {
        const context = await at.browser.newContext();
        const page = await context.newPage();
        await page.goto(at.address.replace(/\?.*/, ""));
        await page.waitForSelector(".error:not([hidden])");
        assert.match((await page.textContent(".error")) ?? "", /token/);
        await context.close();
    });
});
