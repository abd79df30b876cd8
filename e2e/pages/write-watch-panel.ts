import { expect, type Locator, type Page } from '@playwright/test';
import { seen } from './seen.ts';

const PAGE_SIZE = 4096;

/** Write watches: regions, the fields of a call, its result, what uses a region. */
export class WriteWatchPanel {
  readonly panel: Locator;
  readonly regions: Locator;
  readonly result: Locator;
  readonly use: Locator;
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    this.panel = page.getByTestId('write-watches');
    this.regions = page.getByRole('region', { name: 'Watched regions' }).getByRole('listitem');
    this.result = page.getByTestId('watch-result');
    this.use = page.getByTestId('watch-use');
  }

  async open(): Promise<void> {
    await this.page.getByRole('radio', { name: 'Write watches' }).click();
    await seen(this.panel);
  }

  field(name: 'lpBaseAddress' | 'dwRegionSize' | '*lpdwCount' | 'dwFlags'): Locator {
    return this.panel.getByRole('textbox', { name, exact: true });
  }

  async watchSelection(): Promise<void> {
    const before = await this.regions.count();
    await this.panel.getByRole('button', { name: 'Watch selection' }).click();
    await expect(this.regions).toHaveCount(before + 1);
  }

  async fill(fields: {
    readonly start: number;
    readonly pages: number;
    readonly count?: number | undefined;
    readonly flags?: number;
  }): Promise<void> {
    await this.field('lpBaseAddress').fill(`0x${(fields.start * PAGE_SIZE).toString(16)}`);
    await this.field('dwRegionSize').fill(`0x${(fields.pages * PAGE_SIZE).toString(16)}`);
    await this.field('*lpdwCount').fill(fields.count === undefined ? '' : String(fields.count));
    await this.field('dwFlags').fill(String(fields.flags ?? 0));
  }

  /** Presses a button of the panel and returns the result's text once it is another one. */
  async press(name: string | RegExp): Promise<string> {
    const before = (await this.result.textContent()) ?? '';
    await this.panel.getByRole('button', { name }).click();
    // Empty while the call runs.
    await expect.poll(async () => [before, ''].includes((await this.result.textContent()) ?? '')).toBe(false);
    return (await this.result.textContent()) ?? '';
  }

  /** The pages in the list of returned addresses. */
  async listed(): Promise<number[]> {
    const more = this.panel.getByRole('button', { name: / more$/ });
    while ((await more.count()) > 0) await more.click();
    const texts = await this.result
      .getByRole('list', { name: 'Returned addresses' })
      .getByRole('button')
      .allTextContents();
    return texts.map((text) => Number(BigInt(text.replaceAll(/[^0-9a-fx]/g, '')) / BigInt(PAGE_SIZE)));
  }
}
