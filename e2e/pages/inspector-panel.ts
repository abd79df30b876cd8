import type { Locator, Page } from '@playwright/test';
import { seen } from './seen.ts';

const PAGE_SIZE = 4096;

/** One line of the page-table walk as it is shown. */
export interface WalkLine {
  readonly level: string;
  readonly index: number;
  readonly flags: readonly string[];
}

/** The inspector: the selected page, its tabs. */
export class InspectorPanel {
  readonly panel: Locator;
  readonly reason: Locator;
  readonly events: Locator;
  readonly history: Locator;
  readonly hex: Locator;
  /** What is watched for its writers, and the rows that were found; tab Writers. */
  readonly writersState: Locator;
  readonly writers: Locator;

  constructor(page: Page) {
    this.panel = page.getByRole('region', { name: 'Inspector' });
    this.reason = this.panel.getByTestId('page-reason');
    this.events = this.panel.getByRole('list', { name: 'Events of the page' }).getByRole('listitem');
    this.history = this.panel.getByTestId('page-history');
    this.writersState = this.panel.getByTestId('writers-state');
    this.writers = this.panel.getByRole('table', { name: 'Writers' }).locator('tbody tr');
    this.hex = this.panel.getByTestId('hex-dump');
  }

  async show(tab: 'Page' | 'Tables' | 'Bytes' | 'Writers'): Promise<void> {
    await this.panel.getByRole('tab', { name: tab }).click();
  }

  /** Number of the page that is inspected. */
  async inspected(): Promise<number> {
    const text = await this.panel.getByTestId('inspected-page').textContent();
    return Number(BigInt(text ?? '') / BigInt(PAGE_SIZE));
  }

  /** The lines of the walk; tab Tables. */
  async walk(): Promise<WalkLine[]> {
    const table = this.panel.getByRole('table', { name: 'Page-table walk' });
    await seen(table);
    return table.locator('tbody tr').evaluateAll((rows) =>
      rows.map((row) => ({
        level: row.querySelector('th')?.textContent ?? '',
        index: Number(row.querySelector('td.num')?.textContent),
        flags: [...row.querySelectorAll('li')].map((flag) => flag.textContent ?? ''),
      })),
    );
  }

  /** The pagemap entry as it is shown; tab Tables. */
  async pagemap(): Promise<bigint> {
    return BigInt((await this.panel.getByTestId('pagemap-entry').textContent()) ?? '');
  }

  /** The bytes in view, by their place in the page; tab Bytes. */
  bytesInView(): Promise<{ at: number; value: number; changed: string | null }[]> {
    return this.hex.locator('[id^="hex-"]').evaluateAll((cells) =>
      cells.map((cell) => ({
        at: Number(cell.id.slice('hex-'.length)),
        value: parseInt(cell.textContent ?? '', 16),
        changed: cell.getAttribute('data-changed'),
      })),
    );
  }
}
