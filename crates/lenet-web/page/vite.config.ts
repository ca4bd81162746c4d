// The built page is committed and embedded by the Rust crate: its file names do not change with their content, so that a rebuild
// can be compared with what is committed.
import { defineConfig } from "vite";

const SERVER = "http://127.0.0.1:8098";

export default defineConfig({
    base: "/",
    build: {
        target: "es2022",
        modulePreload: { polyfill: false },
        assetsInlineLimit: 0,
        rollupOptions: {
            output: {
                entryFileNames: "assets/page.js",
                chunkFileNames: "assets/[name].js",
                assetFileNames: "assets/page[extname]",
            },
        },
    },
    // `npm run dev` beside a running `lenet serve`, which answers its own page only
    server: { proxy: { "/api": { target: SERVER, changeOrigin: true, headers: { origin: SERVER } } } },
});
