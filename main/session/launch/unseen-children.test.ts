import { expect, it } from 'vitest';
import { UnseenChildren } from './unseen-children.ts';

const noticed = (children: number[]) => ({
  type: 'notice' as const,
  message: '',
  process: { kind: 'child' as const, pid: children[0] ?? null },
  children,
});

it.each(['before', 'after'])(
  'a child that a notice names %s the launcher reports it is not reported again',
  (when) => {
    const children = new UnseenChildren();
    if (when === 'before') children.noticed(noticed([12]));
    children.started({ pid: 12, name: 'sleep' });
    if (when === 'after') children.noticed(noticed([12]));
    expect(children.notice(10)).toBeNull();
    // Another one with the same number is.
    children.started({ pid: 12, name: 'true' });
    expect(children.notice(10)?.message).toContain('12 (true)');
  },
);

it('a child that was reported is not reported again if a notice names it later', () => {
  const children = new UnseenChildren();
  children.started({ pid: 12, name: 'sleep' });
  expect(children.notice(10)?.message).toContain('12 (sleep)');
  expect(children.noticed(noticed([12]))).toBe(false);
  expect(children.noticed(noticed([12, 13]))).toBe(true);
  children.started({ pid: 12, name: 'true' });
  expect(children.noticed(noticed([12]))).toBe(true);
});
