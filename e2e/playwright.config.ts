import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';
import type { Transport } from './fixtures/test.ts';
import { EXPECT_TIMEOUT_MS } from './pages/seen.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where the pictures that are compared can be taken: see `fallbackRuntime`. */
const takesPictures = `${process.platform}-${process.arch}` === 'linux-x64';

/** The real Electron: no retries, because a flaky test is a defect. How many at once: `playwright` in app/setup. */
export default defineConfig<object, { transport: Transport }>({
  testDir: here('.'),
  projects: [
    { name: 'e2e', testMatch: ['journeys/**/*.spec.ts', ...(takesPictures ? ['visual/**/*.spec.ts'] : [])] },
    // Core journeys again, with the engine at the other end of ssh.
    {
      name: 'e2e-stream',
      testMatch: 'journeys/**/*.spec.ts',
      grep: /@both/,
      use: { transport: 'stream' },
    },
    // `npm run shots`: screenshots, written to shots/.
    { name: 'shots', testMatch: ['shots/**/*.shots.ts'] },
    // `npm run bench`: figures of the whole program, which must not depend on other load.
    { name: 'bench', testMatch: ['bench/**/*.bench.ts'], timeout: 300_000 },
  ],
  outputDir: here('../test-results'),
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  // Limits for what hangs, with room for a busy machine.
  timeout: 180_000,
  expect: {
    timeout: EXPECT_TIMEOUT_MS,
    // Small differences of colour are the heat of a page some milliseconds older.
    toHaveScreenshot: { threshold: 0.15, maxDiffPixels: 40, animations: 'disabled', caret: 'hide' },
  },
  snapshotPathTemplate: here('./visual/pictures/{arg}{ext}'),
  updateSnapshots: 'none',
  reporter: [['list'], [here('./tools/reporters/playwright.mjs')]],
  // A trace of every test costs much of its time; `npm run e2e -- FILE --trace on` makes one.
  use: { trace: 'off' },
});
