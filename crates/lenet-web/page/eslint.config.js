import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["dist", "node_modules"] },
    js.configs.recommended,
    ...tseslint.configs.strict,
    {
        rules: {
            "no-console": "error",
            "max-lines": ["error", 300],
            "@typescript-eslint/explicit-module-boundary-types": "error",
        },
    },
    { files: ["src/texts/*.ts"], rules: { "max-lines": "off", "@typescript-eslint/explicit-module-boundary-types": "off" } },
    { files: ["tests/**/*.mjs"], rules: { "no-undef": "off", "no-console": "off", "@typescript-eslint/explicit-module-boundary-types": "off" } },
);
