import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import type { GivenAnswer } from '#shared/contract/lesson.ts';
import { appFolder } from '../fixtures/launch.ts';
import { seen } from './seen.ts';

/** The right answers of an exercise, by step and question, as `soft-dirty lesson check --json` computes them. */
export function rightAnswers(name: string, seed: number): GivenAnswer[][] {
  const file = join(appFolder, '..', 'main', 'lessons', 'library', `${name}.json`);
  // Built by the set-up of the tests.
  const commandLine = join(appFolder, 'dist', 'cli.js');
  const words = ['lesson', 'check', '--json', '--seed', String(seed), file];
  const text = execFileSync(process.execPath, [commandLine, ...words], { encoding: 'utf8' });
  return (JSON.parse(text) as { answers: GivenAnswer[][] }).answers;
}

/** An answer of the same kind that is wrong; null for kinds whose fields are many. */
export function wrongAnswer(right: GivenAnswer): GivenAnswer | null {
  switch (right.kind) {
    case 'number':
      return { kind: 'number', value: right.value + 1 };
    case 'pages':
      return { kind: 'pages', pages: [...right.pages, 1] };
    default:
      return null;
  }
}

const addressText = (page: number): string => `0x${(page * 4096).toString(16)}`;

/** The open lesson, used by the keyboard alone. */
export class LessonPlayer {
  readonly panel: Locator;
  readonly score: Locator;
  readonly result: Locator;
  readonly verdicts: Locator;
  readonly questions: Locator;
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    this.panel = page.getByTestId('lesson');
    this.score = page.getByTestId('lesson-score');
    this.result = page.getByTestId('lesson-result');
    this.verdicts = page.getByTestId('verdict');
    this.questions = page.getByTestId('question');
  }

  /** Runs the step or goes to the next page; returns once the window shows that. */
  async forward(): Promise<void> {
    const before = await this.position();
    await this.page.keyboard.press('Control+ArrowRight');
    await expect.poll(() => this.position(), { intervals: [20] }).not.toBe(before);
  }

  async back(): Promise<void> {
    const before = await this.position();
    await this.page.keyboard.press('Control+ArrowLeft');
    await expect.poll(() => this.position(), { intervals: [20] }).not.toBe(before);
  }

  /** Positions, among their step's questions, of those that are shown. */
  shown(): Promise<number[]> {
    return this.questions.evaluateAll((all) =>
      all.map((one) => Number((one as HTMLElement).dataset['question'])),
    );
  }

  /** Answers question `index` of the step. */
  async answer(given: GivenAnswer, index: number, isRight: boolean): Promise<void> {
    const question = this.panel.locator(`[data-question="${index}"]`);
    await this.focusField(index);
    await this.enter(given, question);
    const before = await question.getByTestId('verdict').count();
    const tries = before === 0 ? '' : await question.getByTestId('verdict').textContent();
    await this.page.keyboard.press('Enter');
    await seen(question.getByTestId('verdict'));
    await expect(question.getByTestId('verdict')).toContainText(isRight ? /^Right/ : /^Not right/);
    if (before > 0) await expect(question.getByTestId('verdict')).not.toHaveText(tries ?? '');
    // What was wrong gets a reason; what is right, all of its text.
    if (!isRight) expect((await question.getByTestId('verdict').textContent())?.length).toBeGreaterThan(15);
  }

  /** Where the lesson is: changes with every move. */
  private position(): Promise<string> {
    return this.page.evaluate(() => {
      const text = (selector: string) => document.querySelector(selector)?.textContent ?? '';
      const questions = document.querySelectorAll('[data-testid="question"]').length;
      return [
        text('[data-testid="lesson-body"] > .num'),
        text('[data-testid="lesson-call"]'),
        questions,
        text('.lesson__foot'),
      ].join('|');
    });
  }

  /** Tabs to the first field of a question, forwards or back, whichever way it is. */
  private async focusField(index: number): Promise<void> {
    const place = () =>
      this.page.evaluate((wanted) => {
        const question = document.querySelector(`[data-question="${wanted}"]`);
        const field = question?.querySelector('input:checked') ?? question?.querySelector('input');
        const focused = document.activeElement;
        if (!field || !focused) return 'none';
        if (focused === field || (focused.matches('input[type=radio]') && question?.contains(focused)))
          return 'here';
        return (focused.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0
          ? 'on'
          : 'back';
      }, index);
    for (let presses = 0; presses < 40; presses++) {
      const at = await place();
      if (at === 'here') return;
      expect(at).not.toBe('none');
      await this.page.keyboard.press(at === 'on' ? 'Tab' : 'Shift+Tab');
    }
    throw new Error(`the keyboard does not reach question ${index}`);
  }

  private async enter(given: GivenAnswer, question: Locator): Promise<void> {
    const { keyboard } = this.page;
    switch (given.kind) {
      case 'number':
      case 'pages': {
        const text = given.kind === 'number' ? String(given.value) : given.pages.map(addressText).join(', ');
        await keyboard.press('Control+A');
        if (text === '') await keyboard.press('Delete');
        else await keyboard.insertText(text);
        return;
      }
      case 'vma':
        return this.pickRadio(question, String(given.page));
      case 'choice': {
        const isRadio = (await question.locator('input[type=radio]').count()) > 0;
        if (isRadio) return this.pickRadio(question, String(given.picked[0]));
        return this.pickBoxes(question, given.picked.map(String));
      }
      case 'flags':
        return this.pickBoxes(question, given.flags);
    }
  }

  /** Arrow keys select in a group. */
  private async pickRadio(question: Locator, value: string): Promise<void> {
    // Mappings are listed some milliseconds after the frame that has them.
    await expect(question.locator(`input[value="${value}"]`)).toHaveCount(1);
    const values = await question
      .locator('input[type=radio]')
      .evaluateAll((radios) => radios.map((radio) => (radio as HTMLInputElement).value));
    await this.page.keyboard.press('Space');
    for (let presses = 0; presses < values.length; presses++) {
      const now = await question.locator('input[type=radio]:checked').inputValue();
      if (now === value) return;
      await this.page.keyboard.press('ArrowDown');
    }
    throw new Error(`no choice ${value}`);
  }

  private async pickBoxes(question: Locator, values: readonly string[]): Promise<void> {
    const boxes = await question
      .locator('input[type=checkbox]')
      .evaluateAll((all) => all.map((box) => (box as HTMLInputElement).value));
    for (const [index, value] of boxes.entries()) {
      if (values.includes(value)) await this.page.keyboard.press('Space');
      if (index < boxes.length - 1) await this.page.keyboard.press('Tab');
    }
  }
}
