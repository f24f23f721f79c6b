import { defineConfig } from "vitest/config"
import { textModules } from "./scripts/text-modules.mjs"

const shared = { pool: "forks" as const, testTimeout: 30_000, hookTimeout: 60_000 }

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [textModules()],
        test: {
          ...shared,
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.long.test.ts", "test/**/*.exhaustive.test.ts"]
        }
      },
      {
        plugins: [textModules()],
        test: { ...shared, name: "long", include: ["test/**/*.long.test.ts"], testTimeout: 900_000 }
      },
      {
        plugins: [textModules()],
        test: {
          ...shared,
          name: "exhaustive",
          // Of the second file one part is for this project alone.
          include: ["test/**/*.exhaustive.test.ts", "test/reruns/code.long.test.ts"],
          env: { EXHAUSTIVE: "1" },
          testTimeout: 1_800_000
        }
      }
    ]
  }
})
