import { expect, it } from 'vitest';
import { startPage } from './start-page.tsx';

it('is the start view as HTML that takes no input and needs no style of its own', () => {
  const page = startPage();
  const { body } = new DOMParser().parseFromString(page, 'text/html');
  expect(body.children).toHaveLength(1);
  expect(body.firstElementChild?.hasAttribute('inert')).toBe(true);
  // The window's policy refuses it.
  expect(body.querySelectorAll('[style], script, style')).toHaveLength(0);
  expect(body.querySelector('h1')?.textContent).toBe('Watch which pages a program writes');
  const titles = [...body.querySelectorAll('.card h2')].map((title) => title.textContent);
  expect(titles).toContain('Attach to a process');
  expect(titles.length).toBeGreaterThan(3);
  expect(body.querySelector('[role="status"]')?.textContent).toBe('The tracking engine is starting …');
});
