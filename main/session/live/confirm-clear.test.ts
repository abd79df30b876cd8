import { describe, expect, it } from 'vitest';
import type { OperationRequest } from '#shared/source/operation.ts';
import type { TrackingSource } from '#shared/source/source.ts';
import { openSimulated } from '../../simulated/source/open.ts';
import { Session } from '../session.ts';

const REASON = 'Process 12 (gc) has its own pagemap open.';
const WHAT = { kind: 'simulated', workload: 'game-loop', parameters: { textures: 8 }, seed: 1 } as const;
const CLEAR = { op: 'CLEAR', start: 0n, len: 4096n, vecLen: 0, flags: 0 } as const;

/** A source whose clears would take something from another program. */
async function shared(): Promise<TrackingSource> {
  const source = await openSimulated(WHAT);
  const { getAndClear, noReusedRegions } = source;
  const operate = (request: OperationRequest) => source.operate(request);
  const operations = { getAndClear, noReusedRegions, clearsForOthers: REASON, operate };
  return Object.assign(source, { operations });
}

describe('a source whose clears take something from another program', () => {
  it('begins in mode hold, and its first clear is refused with the reason', async () => {
    const session = new Session(shared, { remembers: false });
    const operate = (request: OperationRequest) => session.live((live) => live.operate(request));
    await session.configure({ mode: 'interval', paused: true });
    expect((await session.open(WHAT)).mode).toBe('hold');
    await expect(operate({ ...CLEAR, op: 'GET', vecLen: 1 })).resolves.toMatchObject({ ok: true });
    await expect(operate(CLEAR)).rejects.toMatchObject({ message: REASON });
    await expect(operate(CLEAR)).resolves.toMatchObject({ ok: true });
    expect((await session.configure({ mode: 'interval' })).mode).toBe('interval');
    // Another one is asked for again.
    await session.open(WHAT);
    await expect(session.configure({ mode: 'interval' })).rejects.toMatchObject({ message: REASON });
    expect(session.state().mode).toBe('hold');
    await session.close();
  });
});
