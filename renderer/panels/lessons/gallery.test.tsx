import { afterEach, beforeAll, expect, it } from 'vitest';
import { fillJsdom, TestWindow } from '../../testing/window.tsx';
import { LessonGallery } from './gallery.tsx';

beforeAll(() => {
  fillJsdom();
  Element.prototype.scrollIntoView = () => undefined;
});
let test: TestWindow;
afterEach(() => test.close());

const FOLDER = '/lessons/week 3';
const entry = (name: string) => ({
  reference: { kind: 'folder', folder: FOLDER, file: `${name}.json` },
  summary: { name, title: name, summary: '', part: '', minutes: 5, steps: 1, questions: 0, varies: false },
});
const list = () => ({ lessons: ['one', 'two'].map(entry), progress: [], problems: [], folder: '/own' });

it('a dropped folder has the focus once: a list that comes later does not take it back', async () => {
  test = await new TestWindow({ 'lessons.list': list, 'lessons.addFolder': list }).show(<LessonGallery />);
  const focused = () => document.activeElement?.querySelector('.gallery__title')?.textContent;
  await test.act(() => void test.model.lessons.openFolder(FOLDER));
  expect(focused()).toBe('one');
  test.button('two').focus();
  await test.act(() => void test.model.lessons.refresh());
  expect(focused()).toBe('two');
  await test.act(() => void test.model.lessons.openFolder(FOLDER));
  expect(focused()).toBe('one');
});
