import type { Locator, Page } from '@playwright/test';

/** The start view. */
export class StartView {
  readonly view: Locator;
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    this.view = page.getByRole('main', { name: 'Start' });
  }

  card(title: string): Locator {
    return this.page.getByRole('form', { name: title });
  }

  async simulate(workload?: string): Promise<void> {
    const card = this.card('Simulated program');
    if (workload !== undefined) {
      await card.getByRole('button', { name: /Workload/ }).click();
      await this.page.getByRole('option', { name: workload }).click();
    }
    await card.getByRole('button', { name: 'Simulate' }).click();
  }

  /** Selects a process without attaching to it. */
  async select(pid: number): Promise<void> {
    const field = this.card('Attach to a process').getByRole('textbox', { name: 'Process number (pid)' });
    await field.fill(String(pid));
  }

  async attach(pid: number): Promise<void> {
    await this.select(pid);
    const card = this.card('Attach to a process');
    await card.getByRole('button', { name: 'Attach' }).click();
  }

  async startDemo(): Promise<void> {
    await this.card('Demo program').getByRole('button', { name: 'Start the demo' }).click();
  }

  /** The error on the attach card: message and remedy. */
  attachProblem(): Locator {
    return this.card('Attach to a process').getByRole('alert');
  }
}
