import { expect, type Locator, type Page } from '@playwright/test';
import { Data } from './debug.ts';
import { OperationsPanel } from './operations-panel.ts';
import { seen } from './seen.ts';
import { StartView } from './start-view.ts';

/** The window by roles and names, as a user sees it. */
export class InspectorWindow {
  readonly page: Page;
  readonly data: Data;
  readonly start: StartView;
  readonly operations: OperationsPanel;
  readonly map: Locator;
  readonly mappings: Locator;
  readonly alerts: Locator;

  constructor(page: Page) {
    this.page = page;
    this.data = new Data(page);
    this.start = new StartView(page);
    this.operations = new OperationsPanel(page);
    this.map = page.getByTestId('address-map');
    this.mappings = page.getByRole('treegrid', { name: 'Memory mappings' });
    this.alerts = page.getByRole('alert');
  }

  /** Waits until the open source has been sampled and its map is on the screen. */
  async live(): Promise<void> {
    await seen(this.map);
    await this.page.waitForFunction(() => window.inspectorDebug.sequence >= 0);
  }

  /** The row of the mapping that begins at a page. The table is filtered to it, for only rows in view exist. */
  async mappingAt(start: number): Promise<Locator> {
    const address = (start * 4096).toString(16);
    await this.page.getByRole('textbox', { name: 'Filter mappings' }).fill(address);
    return this.mappings.getByRole('row').filter({ hasText: address });
  }

  /** Takes one sample; its frame is in the picture on return. */
  async sample(): Promise<void> {
    const before = await this.data.sequence();
    await this.page.evaluate(() => window.inspectorDebug.call('session.sample', {}));
    await this.data.after(before);
  }

  /** Stops sampling; the picture then changes only with a requested sample or an operation. */
  async pauseSampling(): Promise<void> {
    await this.page.getByRole('button', { name: 'Pause sampling' }).click();
    await seen(this.page.getByRole('button', { name: 'Resume sampling' }));
    await this.data.settled();
  }

  async resumeSampling(): Promise<void> {
    await this.page.getByRole('button', { name: 'Resume sampling' }).click();
    await seen(this.page.getByRole('button', { name: 'Pause sampling' }));
  }

  /** One step of a simulated program; returns when the picture shows it. */
  async step(): Promise<void> {
    const before = await this.data.sequence();
    await this.page.getByRole('button', { name: 'Step program' }).click();
    await this.data.after(before);
  }

  /** The tracked process. */
  async pid(): Promise<number> {
    const pid = await this.page.evaluate(
      async () => (await window.inspectorDebug.call('session.state', {})).source?.description.pid,
    );
    if (typeof pid !== 'number') throw new Error('No process is tracked.');
    return pid;
  }

  /** Selects the next written page, and shows its page-table walk. */
  async showWalk(): Promise<Locator> {
    await this.page.keyboard.press('n');
    await this.page.getByRole('tab', { name: 'Page-table walk' }).click();
    const walk = this.page.getByTestId('walk-view');
    await expect(walk.getByRole('img')).toHaveCount(4);
    return walk;
  }

  async closeSource(): Promise<void> {
    await this.page.getByRole('button', { name: 'Close source' }).click();
    await seen(this.start.view);
  }

  async restartEngine(): Promise<void> {
    await this.page.getByRole('button', { name: 'Restart the engine' }).click();
  }

  /** Dark, light or as the system. */
  async selectTheme(name: 'Dark' | 'Light'): Promise<void> {
    await this.page.getByRole('button', { name: 'Theme and colours' }).click();
    await this.page.getByRole('menuitemradio', { name, exact: true }).click();
    await this.page.keyboard.press('Escape');
    await expect(this.page.getByRole('menu')).toHaveCount(0);
  }
}
