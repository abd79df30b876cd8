import { expect, type ElectronApplication, type Locator, type Page } from '@playwright/test';
import type { Data } from './debug.ts';
import { seen } from './seen.ts';

/** Timeline, playback and recording, as a user sees them. */
export class TimelinePanel {
  readonly panel: Locator;
  readonly chart: Locator;
  readonly position: Locator;
  readonly marks: Locator;
  readonly recordButton: Locator;
  readonly frameCounter: Locator;
  private readonly page: Page;
  private readonly data: Data;

  constructor(page: Page, data: Data) {
    this.page = page;
    this.data = data;
    this.panel = page.getByRole('region', { name: 'Timeline' });
    this.chart = page.getByTestId('timeline');
    this.position = this.panel.getByRole('slider', { name: 'Position' });
    this.marks = this.panel.getByRole('group', { name: 'Marks' }).getByRole('button');
    this.recordButton = this.panel.getByRole('button', { name: /^(Record|Stop recording)/ });
    this.frameCounter = page.getByTestId('playback-frame');
  }

  /** Starts recording with its key; returns its path. */
  async record(): Promise<string> {
    await this.page.keyboard.press('r');
    await expect(this.recordButton).toHaveText(/^Stop recording/);
    await seen(this.page.getByTestId('recording-count'));
    const { recording } = await this.page.evaluate(() => window.inspectorDebug.call('session.state', {}));
    if (!recording) throw new Error('Nothing is recorded.');
    return recording.path;
  }

  /** Stops with the key; returns once the file is complete. */
  async stopRecording(): Promise<void> {
    await this.page.keyboard.press('r');
    await seen(this.page.getByText(/^Recorded \d/));
  }

  /** Opens the last recording with the offered button. */
  async openRecorded(): Promise<void> {
    await this.page.getByRole('button', { name: 'Open it', exact: true }).click();
    await this.opened();
  }

  /** Waits until a recording is open and its first picture is there. */
  async opened(): Promise<void> {
    await seen(this.panel.getByRole('group', { name: 'Playback' }));
    await this.page.waitForFunction(() => window.inspectorDebug.sequence >= 0);
  }

  /** Number of the frame that is shown, from 1, and how many there are. */
  async frame(): Promise<{ readonly at: number; readonly of: number }> {
    const [at = NaN, of = NaN] = ((await this.frameCounter.textContent()) ?? '')
      .split('/')
      .map((text) => Number(text.replaceAll(/\D/g, '')));
    return { at, of };
  }

  /** Goes to frame `at` (from 1) with the arrow keys of the slider. */
  async goToFrame(at: number): Promise<void> {
    await this.position.focus();
    await this.page.keyboard.press('Home');
    await expect.poll(async () => (await this.frame()).at).toBe(1);
    for (let i = 1; i < at; i++) await this.page.keyboard.press('ArrowRight');
    await expect.poll(async () => (await this.frame()).at).toBe(at);
  }

  /** The pages of [start, end) that are shown as written once the picture is that of frame `at` (from 1). */
  async written(at: number, start: number, end: number): Promise<number[]> {
    await this.goToFrame(at);
    await this.pictureIsThere();
    return this.data.written(start, end);
  }

  /** Waits until the picture is that of the slider's time. */
  async pictureIsThere(): Promise<void> {
    await expect(this.page.getByText('Waiting for the first samples.')).toHaveCount(0);
    // Either may be the later one.
    await expect
      .poll(async () => {
        const shown = await this.page.evaluate(() => Math.round(window.inspectorDebug.time));
        return shown - Number(await this.position.getAttribute('aria-valuenow'));
      })
      .toBe(0);
  }
}

/** Sets the answer of the next file dialog; null: cancelled. */
export async function answerDialogs(app: ElectronApplication, path: string | null): Promise<void> {
  await app.evaluate(({ dialog }, answer) => {
    dialog.showOpenDialog = () =>
      Promise.resolve({ canceled: answer === null, filePaths: answer === null ? [] : [answer] });
    dialog.showSaveDialog = () => Promise.resolve({ canceled: answer === null, filePath: answer ?? '' });
  }, path);
}

/** Drags files from outside over the window and drops them, as the system does. */
export async function dropFiles(page: Page, paths: readonly string[]): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  const drag = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    devtools.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  await drag('dragEnter');
  await drag('dragOver');
  // What is dropped before the page has accepted the drag only leaves the window.
  await expect.poll(() => page.evaluate(() => 'dropping' in document.documentElement.dataset)).toBe(true);
  await drag('dragOver');
  await drag('drop');
  await devtools.detach();
}
