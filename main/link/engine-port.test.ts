import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { EngineStreamPort } from './engine-port.ts';
import { StreamLink } from './stream-link.ts';

const links: StreamLink[] = [];
afterEach(() => {
  for (const link of links.splice(0)) link.close();
});

/** A port whose link takes nothing until `read` is called, and what arrives from then on. */
function slowPort() {
  // Less than the preamble, so that the link is slow from its beginning.
  const stream = new PassThrough({ highWaterMark: 1 });
  const link = new StreamLink(
    { input: new PassThrough(), output: stream },
    {
      value: () => undefined,
      frame: () => undefined,
      drained: () => port.drained(),
      closed: () => undefined,
    },
  );
  const port = new EngineStreamPort(link);
  links.push(link);
  const read = (count: number): Promise<unknown[]> =>
    new Promise((resolve) => {
      const values: unknown[] = [];
      links.push(
        new StreamLink(
          { input: stream, output: new PassThrough().resume() },
          {
            value: (value) => {
              if (values.push(value) === count) resolve(values);
            },
            frame: () => undefined,
            closed: () => undefined,
          },
        ),
      );
    });
  return { link, port, read };
}

const event = (name: string, payload: unknown) => ({ type: 'event', name, payload });

describe('the engine’s end of a slow link', () => {
  it('keeps the order of events and the reply after them', async () => {
    const { link, port, read } = slowPort();
    link.send({ type: 'first' });
    expect(link.slow).toBe(true);
    port.postMessage(event('marks.changed', { marks: [] }));
    port.postMessage({ type: 'reply', id: 1, result: { ok: true, payload: {} } });
    port.postMessage(event('source.notice', { message: 'later' }));
    expect(await read(4)).toMatchObject([
      { type: 'first' },
      { name: 'marks.changed' },
      { type: 'reply', id: 1 },
      { name: 'source.notice' },
    ]);
  });

  it('sends the latest event of kinds of which only the latest counts, and how many others were left out', async () => {
    const { link, port, read } = slowPort();
    link.send({ type: 'first' });
    for (let i = 0; i < 300; i++) {
      port.postMessage(event('session.rates', { i }));
      port.postMessage(event('source.output', { i }));
    }
    const values = await read(202);
    expect(values).toContainEqual(event('session.rates', { i: 299 }));
    expect(values.filter((value) => JSON.stringify(value).includes('session.rates'))).toHaveLength(1);
    expect(values.at(-1)).toMatchObject({
      name: 'source.notice',
      payload: { message: 'The connection is slow: 101 messages of the engine were left out.' },
    });
  });
});
