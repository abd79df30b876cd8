import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeOfficial } from './official.mjs';

let folder: string;
let work: string;
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sdi-official-'));
  work = join(folder, 'runtime');
  mkdirSync(work);
  vi.stubEnv('electron_config_cache', join(folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  server?.closeAllConnections();
  server?.close();
  rmSync(folder, { recursive: true });
});

/** A mirror of the official runtime with configured answers. */
async function mirror(answer: RequestListener): Promise<void> {
  const here = createServer(answer);
  server = here;
  await new Promise<void>((resolve) => here.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('ELECTRON_MIRROR', `http://127.0.0.1:${(here.address() as AddressInfo).port}/`);
}

const make = () => makeOfficial(work, () => undefined, { first: 300, later: 300 });
const nothing = () => expect(readdirSync(work)).toEqual([]);

describe('the official runtime', () => {
  it('fails if no server answers', async () => {
    await mirror(() => undefined);
    await expect(make()).rejects.toThrow('no answer in time');
    nothing();
  });

  it('fails if the download stalls', async () => {
    await mirror((_request, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      response.write('half');
    });
    await expect(make()).rejects.toThrow();
    nothing();
  });

  it('is refused if the checksum is wrong', async () => {
    await mirror((_request, response) => response.end('something else'));
    await expect(make()).rejects.toThrow(/checksum/i);
    nothing();
  });

  it('is missing if the mirror has none', async () => {
    await mirror((_request, response) => response.writeHead(404).end());
    await expect(make()).rejects.toThrow(/404/);
    nothing();
  });
});
