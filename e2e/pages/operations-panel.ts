import { expect, type Locator, type Page } from '@playwright/test';
import type { OperationName } from '#shared/source/operation.ts';

const PAGE_SIZE = 4096;

/** The operations panel: fields start, len, vec_len; the three operations; the result. */
export class OperationsPanel {
  readonly panel: Locator;
  readonly result: Locator;
  readonly log: Locator;

  constructor(page: Page) {
    this.panel = page.getByRole('region', { name: 'Operations' });
    this.result = page.getByRole('region', { name: 'Result' });
    this.log = page.getByRole('list', { name: 'Operations so far' }).getByRole('listitem');
  }

  field(name: 'start' | 'len' | 'vec_len'): Locator {
    return this.panel.getByRole('textbox', { name, exact: true });
  }

  /** Fills the fields with a range of pages [start, end). */
  async range(start: number, end: number): Promise<void> {
    await this.field('start').fill(`0x${(start * PAGE_SIZE).toString(16)}`);
    await this.field('len').fill(`0x${((end - start) * PAGE_SIZE).toString(16)}`);
  }

  button(op: OperationName): Locator {
    return this.panel.getByRole('button', { name: op, exact: true });
  }

  /** Runs an operation and waits for its result. @returns the text of the result */
  run(op: OperationName): Promise<string> {
    return this.press(this.button(op), op);
  }

  /** clear_refs "4": the whole process. */
  clearRefs(): Promise<string> {
    return this.press(this.panel.getByRole('button', { name: 'clear_refs 4' }), 'clear_refs');
  }

  private async press(button: Locator, what: string): Promise<string> {
    const before = await this.log.count();
    await button.click();
    await expect(this.log).toHaveCount(before + 1);
    await expect(this.log.first()).toContainText(what);
    await expect(this.log.first()).not.toContainText('…');
    return (await this.result.textContent()) ?? '';
  }

  /** What the operation returned, as the panel shows it. */
  async ret(): Promise<number> {
    const text = (await this.result.getByTestId('operation-ret').textContent()) ?? '';
    return Number(text.replace(/\D/g, ''));
  }
}
