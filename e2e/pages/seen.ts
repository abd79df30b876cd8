import type { Locator } from '@playwright/test';

/** How long an assertion, or a wait, may take; for what hangs, with room for a busy machine. */
export const EXPECT_TIMEOUT_MS = 20_000;

/**
 * Waits until it is visible, as `toBeVisible` does. For what comes only after a while: each try of an assertion that fails makes
 * Playwright describe the whole page for its message, which takes a tenth of the page's processor time in some journeys.
 */
export function seen(locator: Locator): Promise<void> {
  return locator.waitFor({ timeout: EXPECT_TIMEOUT_MS });
}
