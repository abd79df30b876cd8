import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fillJsdom, TestWindow } from './testing/window.tsx';
import { RestoreStatus } from './restore-status.tsx';

beforeAll(fillJsdom);
let test: TestWindow;
afterEach(() => test.close());

const progress = { pid: 41, total: 1024, restored: 512, failed: 0, end: null } as const;
const show = async (restoring: object) => {
  test = await new TestWindow({ 'huge.cancelRestore': () => ({}) }).show(<RestoreStatus />);
  await test.act(() => test.model.session.setState({ restoring: { ...progress, ...restoring } }));
};

describe('the status of restoring huge pages', () => {
  it('shows how far it is, and stops it', async () => {
    await show({});
    expect(test.host.textContent).toContain('Restoring huge pages of process 41: 512 of 1,024.');
    expect(test.host.querySelector('progress')).toMatchObject({ value: 512, max: 1024 });
    await test.press('Stop restoring');
    expect(test.calls).toContainEqual({ name: 'huge.cancelRestore', payload: { pid: 41 } });
  });

  it.each([
    [{ end: 'done', restored: 1024 }, 'Restored 1,024 huge pages of process 41.', 'message--news'],
    [{ end: 'done', restored: 1, total: 1 }, 'Restored 1 huge page of process 41.', 'message--news'],
    [{ end: 'done', restored: 1000, failed: 24 }, 'the kernel refused the others', 'message--warn'],
    [{ end: 'refused', restored: 0 }, 'needs CAP_SYS_NICE', 'message--warn'],
    [{ end: 'cancelled' }, 'Cancelled: 512 of 1,024', 'message--warn'],
  ])('shows how it ended until dismissed: %o', async (end, text, className) => {
    await show(end);
    const status = test.host.querySelector('[role="status"]');
    expect(status?.textContent).toContain(text);
    expect(status?.classList).toContain(className);
    await test.press('Dismiss');
    expect(test.host.textContent).toBe('');
  });

  it('belongs to the last source: once complete, it disappears when another is opened', async () => {
    await show({});
    const open = () => test.act(() => void test.model.source.open({ kind: 'demo' }).catch(() => undefined));
    await open();
    expect(test.host.textContent).toContain('512 of 1,024');
    await test.act(() => test.model.session.setState({ restoring: { ...progress, end: 'done' } }));
    await open();
    expect(test.host.textContent).toBe('');
  });
});
