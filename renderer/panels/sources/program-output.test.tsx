import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fillJsdom, TestWindow } from '../../testing/window.tsx';
import { addNotice } from '../../stores/session-store.ts';
import { ProgramOutput } from './program-output.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

describe('program output', () => {
  it('is missing until there is output, then shows the last line, and everything on demand', async () => {
    test = await new TestWindow().show(<ProgramOutput />);
    expect(test.host.textContent).toBe('');
    await test.act(() => {
      addNotice(test.model.session, 'stdout', 'one\ntwo');
      addNotice(test.model.session, 'stderr', 'three');
    });
    const button = test.button('Program output');
    expect(button.textContent).toBe('Program outputthree');
    await test.press('Program output');
    const lines = [...document.querySelectorAll('[role="log"] > div')].map((line) => line.textContent);
    expect(lines).toEqual(['one', 'two', 'stderrthree']);
  });
});
