import { defineConfig } from "vitest/config"

const shared = { pool: "forks" as const, testTimeout: 30_000 }

export default defineConfig({
  test: {
    projects: [
      { test: { ...shared, name: "fast", include: ["test/**/*.test.ts"], exclude: ["test/**/*.long.test.ts"] } },
      { test: { ...shared, name: "long", include: ["test/**/*.long.test.ts"], testTimeout: 900_000 } }
    ]
  }
})
