import { afterEach, describe, expect, it } from 'vitest';
import type { HostStatus } from '#shared/contract/shell.ts';
import type { ToEngine } from '#shared/contract/wire.ts';
import { EngineLink } from './engine-link.ts';

const state = { source: null, ended: null, mode: 'hold', hz: 20, paused: false, recording: null } as const;
const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

/** A link in a window whose shell reports what the test gives it. */
function makeLink() {
  let report: (status: HostStatus) => void = () => undefined;
  const target = Object.assign(new EventTarget(), {
    shell: {
      onHostStatus: (listener: (status: HostStatus) => void) => ((report = listener), () => undefined),
    },
  });
  const nothing = (): void => undefined;
  const link = new EngineLink({
    connected: nothing,
    host: nothing,
    frame: nothing,
    event: nothing,
    problem: nothing,
  });
  link.attach(target as unknown as Window);
  return { link, report: (status: HostStatus) => report(status) };
}

/** An engine that answers every command with a session's state. @returns the window's end of the port */
function engine(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  port1.onmessage = ({ data }: MessageEvent<ToEngine>) => {
    if (data.type === 'request') {
      port1.postMessage({ type: 'reply', id: data.id, result: { ok: true, payload: state } });
    }
  };
  return port2;
}

describe('the link to the engine', () => {
  it('keeps calls made before the engine is there, in order', async () => {
    const { link } = makeLink();
    const done: number[] = [];
    const asked = [1, 2, 3].map((n) => link.call('session.state', {}).then(() => done.push(n)));
    link.connect(engine());
    await Promise.all(asked);
    expect(done).toEqual([1, 2, 3]);
  });

  it('rejects early calls if the engine dies before it was there, and all after that', async () => {
    const { link, report } = makeLink();
    const early = link.call('session.state', {});
    report({ status: 'died', detail: 'Signal 9.' });
    await expect(early).rejects.toMatchObject({ kind: 'host-died' });
    await expect(link.call('session.state', {})).rejects.toMatchObject({ kind: 'host-died' });
    link.connect(engine());
    await expect(link.call('session.state', {})).resolves.toEqual(state);
  });
});
